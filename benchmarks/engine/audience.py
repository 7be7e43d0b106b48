"""People to write to, put into the tables by SQL: filling is no part of what is measured."""

from django.core.management import call_command
from django.db import connection

from audiences.models import Segment
from messaging.services import library

_CONTACTS = """
    INSERT INTO audiences_contact
        (key, name, email, phone, language, time_zone, attributes, is_shared, email_from, sms_from,
         is_woken_by_critical, is_locale_own, created_at, name_folded, name_rest)
    SELECT gen_random_uuid(), 'Zoë Müller ' || n, 'p' || {name} || '@example.com', '',
           CASE WHEN mod(n, 3) = 0 THEN 'en' ELSE 'de' END, '', '{{}}', false, mod(n, 3), 0,
           true, false, now(), 'zoë müller ' || n, 'müller ' || n
    FROM generate_series(1, %s) AS n
"""
# So that addresses come in no order, as real ones do.
_SPREAD = "mod(n * 2654435761, 4294967296)"
_SUBSCRIPTIONS = """
    INSERT INTO audiences_subscription
        (contact_id, segment_id, channel, state, source, evidence, changed_at)
    SELECT id, %s, 'email', {state}, 'import', '', now() FROM {people}
"""
# 2 % have left, and 1 % are suppressed.
_STATE = "CASE WHEN mod(id, 50) = 3 THEN 'unsubscribed' ELSE 'confirmed' END"
_SUPPRESSIONS = """
    INSERT INTO audiences_suppression
        (channel, address, reason, note, created_at, lifted_because)
    SELECT 'email', email, 'staff', '', now(), '' FROM audiences_contact WHERE mod(id, 100) = 7
"""
# Who is in which of three overlapping segments: 60 %, 60 % and 10 %.
_SEGMENTS = {
    ("one", "customer", "public"): "mod(id, 10) < 6",
    ("two", "customer", "public"): "mod(id, 10) >= 4",
    ("three", "internal", "technical"): "mod(id, 10) = 0",
}


def prepare(people: int) -> None:
    """The schema, the templates that come with the product, and so many contacts."""
    call_command("migrate", verbosity=0)
    library.load()
    _execute(_CONTACTS.format(name="n"), people)


def segment(people: int) -> Segment:
    """The first so many contacts, subscribed by e-mail."""
    found, is_new = Segment.objects.get_or_create(
        slug=f"first-{people}", defaults={"name": f"The first {people}"}
    )
    if is_new:
        first = "(SELECT id FROM audiences_contact ORDER BY id LIMIT %s) AS people"
        _execute(_SUBSCRIPTIONS.format(state="'confirmed'", people=first), found.pk, people)
        _execute("VACUUM ANALYZE")
    return found


def crowd(people: int) -> None:
    """The schema, and so many contacts in three segments as they are after some years."""
    call_command("migrate", verbosity=0)
    _execute(_CONTACTS.format(name=_SPREAD), people)
    _execute(_SUPPRESSIONS)
    for (slug, kind, detail), condition in _SEGMENTS.items():
        made = Segment.objects.create(slug=slug, name=slug, kind=kind, detail=detail)
        those = f"audiences_contact WHERE {condition}"
        _execute(_SUBSCRIPTIONS.format(state=_STATE, people=those), made.pk)
    # As the database does by itself a minute after such an import.
    for table in ("contact", "subscription", "suppression"):
        _execute(f"ANALYZE audiences_{table}")


def _execute(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        # Without values a percent sign is one.
        cursor.execute(statement, values or None)
