"""People with accounts and profiles, put into the tables by SQL."""

from django.core.management import call_command
from django.db import connection

from audiences.models import Segment

COMPONENTS = 20
_ACCOUNTS = """
    INSERT INTO audiences_account (name, name_folded, kind, tier, external_id, language, time_zone)
    SELECT 'Company ' || n, 'company ' || n,
           CASE WHEN mod(n, 20) = 0 THEN 'partner' ELSE 'customer' END,
           CASE WHEN mod(n, 25) = 0 THEN 'key' ELSE 'standard' END, 'C-' || n, '', ''
    FROM generate_series(1, %s) AS n
"""
# Each account depends on three components.
_USES = """
    INSERT INTO audiences_componentuse (account_id, component)
    SELECT id, 'component-' || mod(id * 7 + n * 3, %s)
    FROM audiences_account, generate_series(0, 2) AS n
"""
_CONTACTS = """
    INSERT INTO audiences_contact
        (key, account_id, name, email, phone, language, time_zone, attributes, created_at,
         is_shared, email_from, sms_from, is_woken_by_critical, is_locale_own, name_folded,
         name_rest)
    SELECT gen_random_uuid(), (SELECT min(id) FROM audiences_account) + mod(n, %s),
           'Zoë Müller ' || n,
           'p' || mod(n * 2654435761, 4294967296) || '@example.com', '',
           CASE WHEN mod(n, 3) = 0 THEN 'en' ELSE 'de' END, 'Europe/Berlin',
           jsonb_build_object(
               'city', 'City ' || mod(n, 500),
               'country', CASE WHEN mod(n, 7) = 0 THEN 'Österreich' ELSE 'Deutschland' END,
               'seats', mod(n, 100),
               'since', to_char(DATE '2015-01-01' + mod(n * 13, 4000)::int, 'YYYY-MM-DD'),
               'role', 'Shipping manager', 'is_trial', mod(n, 10) = 0),
           now(), false, 0, 0, true, false, 'zoë müller ' || n, 'müller ' || n
    FROM generate_series(1, %s) AS n
"""
_SUBSCRIPTIONS = """
    INSERT INTO audiences_subscription
        (contact_id, segment_id, channel, state, source, evidence, changed_at)
    SELECT id, %s, 'email', CASE WHEN mod(id, 50) = 3 THEN 'unsubscribed' ELSE 'confirmed' END,
           'import', '', now()
    FROM audiences_contact WHERE mod(id, 10) < 6
"""


def crowd(people: int) -> None:
    """The schema, and so many contacts, ten of an account; most of them on one list."""
    call_command("migrate", verbosity=0)
    accounts = max(people // 10, 1)
    _execute(_ACCOUNTS, accounts)
    _execute(_USES, COMPONENTS)
    _execute(_CONTACTS, accounts, people)
    newsletter = Segment.objects.create(slug="newsletter", name="Newsletter")
    _execute(_SUBSCRIPTIONS, newsletter.pk)
    # As the database does by itself a minute after such an import.
    for table in ("account", "componentuse", "contact", "subscription"):
        _execute(f"ANALYZE audiences_{table}")


def _execute(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
