"""People to write to, put into the tables by SQL: filling is no part of what is measured."""

from django.core.management import call_command
from django.db import connection

from audiences.models import Segment
from messaging.services import library

_CONTACTS = """
    INSERT INTO audiences_contact
        (key, name, email, phone, language, time_zone, attributes, created_at)
    SELECT gen_random_uuid(), 'Zoë Müller ' || n, 'p' || n || '@example.com', '',
           CASE WHEN mod(n, 3) = 0 THEN 'en' ELSE 'de' END, '', '{}', now()
    FROM generate_series(1, %s) AS n
"""
_SUBSCRIPTIONS = """
    INSERT INTO audiences_subscription
        (contact_id, segment_id, channel, state, source, evidence, changed_at)
    SELECT id, %s, 'email', 'confirmed', 'import', '', now()
    FROM (SELECT id FROM audiences_contact ORDER BY id LIMIT %s) AS people
"""


def prepare(people: int) -> None:
    """The schema, the templates that come with the product, and so many contacts."""
    call_command("migrate", verbosity=0)
    library.load()
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, [people])


def segment(people: int) -> Segment:
    """The first so many contacts, subscribed by e-mail."""
    found, is_new = Segment.objects.get_or_create(
        slug=f"first-{people}", defaults={"name": f"The first {people}"}
    )
    if is_new:
        with connection.cursor() as cursor:
            cursor.execute(_SUBSCRIPTIONS, [found.pk, people])
            cursor.execute("VACUUM ANALYZE")
    return found
