"""A database as it is after some years: very many contacts, and what belongs to them, by SQL."""

from django.core.management import call_command
from django.db import connection

_FIRST = "ARRAY['Ana','Zoë','Bo','Jürgen','Mia','Ömer','Lea','Tim','Noor','Eva','Paul']"
_LAST = "ARRAY['Weber','Müller','Larsen','Öztürk','Schmidt','Fischer','Wagner']"
# So that addresses come in no order, as real ones do.
_SPREAD = "mod(n * 2654435761, 4294967296)"
_BROADCASTS = 5

_STATEMENTS = (
    """
    INSERT INTO audiences_account (name, name_folded, kind, tier, language, time_zone)
    SELECT 'Company ' || n, 'company ' || n, 'customer',
           CASE WHEN mod(n, 50) = 0 THEN 'key' ELSE 'standard' END, '', ''
    FROM generate_series(1, {people} / 10) AS n
    """,
    f"""
    INSERT INTO audiences_contact
        (key, name, email, phone, language, time_zone, attributes, created_at, account_id,
         is_shared, email_from, sms_from, is_woken_by_critical, is_locale_own, name_folded,
         name_rest)
    SELECT gen_random_uuid(),
           ({_FIRST})[1 + mod(n, 11)] || ' ' || ({_LAST})[1 + mod(n, 7)] || mod(n * 7919, 5000),
           'p' || {_SPREAD} || '@example.com', '+49171' || (1000000 + n),
           CASE WHEN mod(n, 3) = 0 THEN 'en' ELSE 'de' END, '', '{{{{}}}}', now(),
           (SELECT min(id) FROM audiences_account) + mod(n, {{people}} / 10),
           false, 0, 0, true, false,
           lower(({_FIRST})[1 + mod(n, 11)] || ' ' || ({_LAST})[1 + mod(n, 7)]
                 || mod(n * 7919, 5000)),
           lower(({_LAST})[1 + mod(n, 7)] || mod(n * 7919, 5000))
    FROM generate_series(1, {{people}}) AS n
    """,
    """
    INSERT INTO audiences_segment
        (slug, name, public_name, kind, detail, tone, description, topic, rule, is_listed,
         is_archived)
    SELECT 's' || n, 'Segment ' || n, '{{}}', 'customer', 'public', 'formal', '{{}}', '',
           '{{}}', true, false
    FROM generate_series(1, 200) AS n
    """,
    """
    INSERT INTO audiences_subscription
        (contact_id, segment_id, channel, state, source, evidence, changed_at)
    SELECT id, (SELECT min(id) FROM audiences_segment) + mod(id + n, 200), 'email',
           CASE WHEN mod(id, 50) = 3 THEN 'unsubscribed' ELSE 'confirmed' END, 'import', '', now()
    FROM audiences_contact, generate_series(1, 2) AS n
    """,
    """
    INSERT INTO audiences_consentevent
        (contact_id, segment_id, purpose, channel, kind, source, at, text_version, evidence,
         list_name, address)
    SELECT contact_id, segment_id, 'notice', channel, 'given', 'import', now(), '', '',
           'Segment', ''
    FROM audiences_subscription
    """,
    """
    INSERT INTO audiences_suppression (channel, address, reason, note, created_at, lifted_because)
    SELECT 'email', email, 'hard_bounce', '', now(), '' FROM audiences_contact WHERE mod(id, 4) = 1
    """,
    f"""
    INSERT INTO messaging_broadcast
        (key, secret, title, purpose, priority, severity, thread, supersedes, facts, moments,
         channels, state, created_at, started_at, expires_at, freeze_contact, freeze_width,
         frozen_at, finished_at, pause_reason, counts, is_played,
         spares)
    SELECT gen_random_uuid(), gen_random_uuid(), 'Broadcast ' || n, 'notice', 5, 3, 'bench', true,
           '{{{{}}}}', '[]', '["email"]', 'finished', now(), now(), now(), 0, 0, now(), now(), '',
           '{{{{}}}}', false, '[]'
    FROM generate_series(1, {_BROADCASTS}) AS n
    """,
    """
    INSERT INTO messaging_broadcastcontent
        (broadcast_id, language, detail, subject, text, html, sms_text)
    SELECT id, 'de', 'public', 'Etwas ist langsam', 'Wir sind dran.', '', ''
    FROM messaging_broadcast
    """,
    """
    INSERT INTO messaging_delivery
        (broadcast_id, contact_id, channel, address, language, time_zone, detail, state, attempts,
         lapses, provider_id, error_code, error_text, accepted_at)
    SELECT b.id, c.id, 'email', c.email, c.language, '', 'public',
           CASE WHEN mod(c.id, 100) = 7 THEN 'bounced' ELSE 'delivered' END, 1, 0, '', '', '', now()
    FROM messaging_broadcast AS b, audiences_contact AS c
    """,
)


def fill(people: int) -> None:
    """The schema, and so many contacts with accounts, subscriptions, consents and deliveries."""
    call_command("migrate", verbosity=0)
    plant(people)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def plant(people: int) -> None:
    with connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement.format(people=people))
