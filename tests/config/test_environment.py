import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment
from tests.config.conftest import COMPLETE, Read


def test_an_empty_environment_is_the_embedded_set_up(read: Read, tmp_path):
    settings = read()

    assert settings["EMBEDDED"]
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["CELERY_BROKER_URL"] == "filesystem://localhost"
    assert settings["EMAIL_HOST"] == "127.0.0.1"
    assert settings["TWILIO_API_BASE_URL"].startswith("http://127.0.0.1:")


def test_the_embedded_secret_is_made_once_and_kept_private(read: Read, tmp_path):
    assert read()["SECRET_KEY"] == read()["SECRET_KEY"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_complete_environment_is_production(read: Read):
    settings = read(**COMPLETE)

    assert not settings["EMBEDDED"]
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert settings["DATABASES"]["default"]["HOST"] == "db.example.com"
    assert settings["CELERY_BROKER_URL"] == COMPLETE["REDIS_URL"]
    assert settings["EMAIL_HOST"] == "mail.example.com"
    assert settings["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert settings["EMAIL_USE_TLS"] is True
    assert settings["MAIL_DOMAIN"] == "example.com"
    assert settings["TWILIO_API_BASE_URL"] == "https://api.twilio.com"
    assert settings["ALLOWED_HOSTS"] == ["status.example.com"]


@pytest.mark.parametrize("name", environment.PRODUCTION)
def test_a_missing_variable_is_named_with_its_fix(read: Read, name: str):
    rest = {key: value for key, value in COMPLETE.items() if key != name}

    with pytest.raises(ImproperlyConfigured, match=re.escape(f"{name}: set it to ")) as refusal:
        read(**rest)

    assert environment.PRODUCTION[name] in str(refusal.value)


def test_one_variable_alone_names_all_the_others(read: Read):
    with pytest.raises(ImproperlyConfigured) as refusal:
        read(REDIS_URL=COMPLETE["REDIS_URL"])

    missing = [name for name in environment.PRODUCTION if f"  {name}: " in str(refusal.value)]
    assert missing == [name for name in environment.PRODUCTION if name != "REDIS_URL"]
    assert "unset REDIS_URL" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite:////tmp/klartext.sqlite3"),
        ("DATABASE_URL", "postgres://klartext@db.example.com:5432/"),
        ("DATABASE_URL", "postgres://klartext@db.example.com:port/klartext"),
        ("DATABASE_URL", "db.example.com"),
        ("REDIS_URL", "http://broker.example.com"),
        ("REDIS_URL", "redis://"),
        ("PUBLIC_BASE_URL", "http://status.example.com"),
        ("PUBLIC_BASE_URL", "status.example.com"),
        ("PUBLIC_BASE_URL", "https://[status"),
        ("PUBLIC_BASE_URL", "https:/status.example.com"),
        ("PUBLIC_BASE_URL", "https://status.example.com/status"),
        ("PUBLIC_BASE_URL", "https://status.example.com?from=mail"),
        ("PUBLIC_BASE_URL", "https://ana@status.example.com"),
        ("REDIS_URL", "redis:/nohost"),
        ("TWILIO_ACCOUNT_SID", "SK00000000000000000000000000000000"),
        ("TWILIO_FROM", "0151 23456789"),
        ("TWILIO_FROM", "MG123456789012"),
        ("TWILIO_FROM", "A name that is too long"),
        ("MAIL_FROM", "Example Status"),
        ("MAIL_FROM", "Example Status <status@>"),
        ("EMAIL_URL", "mail.example.com:587"),
        ("EMAIL_URL", "smtp+tls://mail.example.com"),
        ("EMAIL_URL", "consolemail://"),
        ("MAIL_PROVIDER", "postmrak"),
        ("MAIL_PROVIDER", "console"),
        ("TIME_ZONE", "Mars/Olympus_Mons"),
        ("LOG_LEVEL", "CHATTY"),
        ("SENDERS", "many"),
        ("SENDERS", "0"),
        ("SENDERS", "-1"),
        ("SMS_PRICE_PER_SEGMENT", "0,08"),
        ("SMS_PRICE_PER_SEGMENT", "-1"),
        ("SMS_PRICE_PER_SEGMENT", "NaN"),
        ("SMS_CURRENCY", "euro"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_its_variable(read: Read, name: str, value: str):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} "):
        read(**{**COMPLETE, name: value})


def test_an_unknown_mail_provider_is_told_the_known_ones(read: Read):
    with pytest.raises(ImproperlyConfigured, match=r"brevo.*mailgun.*postmark"):
        read(**{**COMPLETE, "MAIL_PROVIDER": "pigeon"})


def test_production_without_a_way_to_send_mail_is_refused(read: Read):
    rest = {key: value for key, value in COMPLETE.items() if key != "EMAIL_URL"}

    with pytest.raises(ImproperlyConfigured, match=r"EMAIL_URL .* MAIL_PROVIDER"):
        read(**rest)


def test_two_ways_to_send_mail_are_one_too_many(read: Read):
    with pytest.raises(ImproperlyConfigured, match="unset EMAIL_URL or MAIL_PROVIDER"):
        read(**{**COMPLETE, "MAIL_PROVIDER": "postmark"})


def test_the_embedded_services_need_three_ports(read: Read):
    with pytest.raises(ImproperlyConfigured, match=r"^EMBEDDED_PORT must be at most 65533"):
        read(EMBEDDED_PORT="65534")


def test_a_command_says_a_wrong_setting_without_a_traceback():
    environment = {**os.environ, "SENDERS": "many"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "manage.py", "check"]

    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert told.returncode == 1
    assert told.stderr.strip() == "SENDERS must be a whole number above 0, not 'many'."


def test_a_mail_provider_takes_its_key_from_the_environment(read: Read):
    provider = {"MAIL_PROVIDER": "postmark", "ANYMAIL_POSTMARK_SERVER_TOKEN": "token"}
    rest = {key: value for key, value in COMPLETE.items() if key != "EMAIL_URL"}

    settings = read(**{**rest, **provider})

    assert settings["EMAIL_BACKEND"] == "anymail.backends.postmark.EmailBackend"
    assert settings["ANYMAIL"]["POSTMARK_SERVER_TOKEN"] == "token"


def test_earlier_twilio_tokens_are_separated_by_spaces(read: Read):
    settings = read(**COMPLETE, TWILIO_AUTH_TOKEN_FALLBACKS=" older  oldest ")

    assert settings["TWILIO_AUTH_TOKEN_FALLBACKS"] == ["older", "oldest"]
    assert read(**COMPLETE)["TWILIO_AUTH_TOKEN_FALLBACKS"] == []


def test_production_is_served_over_https_only(read: Read):
    settings = read(**COMPLETE)

    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SECURE_HSTS_SECONDS"] > 0
    assert settings["DEBUG"] is False


def test_internal_domains_are_read_in_the_spelling_of_addresses(read: Read):
    assert read()["INTERNAL_DOMAINS"] == frozenset()

    settings = read(INTERNAL_DOMAINS="Example.com, bücher.example,")

    assert settings["INTERNAL_DOMAINS"] == {"example.com", "xn--bcher-kva.example"}


@pytest.mark.parametrize("value", ["@", "no domain", "a@example.com", "com"])
def test_what_is_no_domain_stops_the_start(read: Read, value: str):
    with pytest.raises(ImproperlyConfigured, match="INTERNAL_DOMAINS"):
        read(INTERNAL_DOMAINS=value)


def test_proxies_are_counted(read: Read):
    assert read()["TRUSTED_PROXIES"] == read(TRUSTED_PROXIES="0")["TRUSTED_PROXIES"] == 0
    assert read(TRUSTED_PROXIES="2")["TRUSTED_PROXIES"] == 2
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        read(TRUSTED_PROXIES="-1")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LEASE_SECONDS", "14", "at least 15"),
        ("SENDERS", "65", "at most 64"),
        ("CONNECTIONS", "257", "at most 256"),
    ],
)
def test_a_number_that_would_do_harm_is_refused(read: Read, name: str, value: str, words: str):
    with pytest.raises(ImproperlyConfigured, match=f"{name} must be {words}, not {value}"):
        read(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("LEASE_SECONDS", "15"), ("SENDERS", "64"), ("CONNECTIONS", "256")]
)
def test_the_bounds_themselves_are_allowed(read: Read, name: str, value: str):
    assert read(**{name: value})[name] == int(value)
