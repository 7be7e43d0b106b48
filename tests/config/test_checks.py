import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from config import checks
from tests.config.conftest import COMPLETE, SETTINGS


@pytest.mark.slow(reason="a process of its own, as an operator would start it")
def test_the_deployment_check_of_a_complete_environment_is_clean(tmp_path: Path):
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=SETTINGS.parent.parent,
        env={**COMPLETE, "TRUSTED_PROXIES": "1", "PATH": os.defpath, "KLARTEXT_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert result.stdout + result.stderr == "System check identified no issues (0 silenced).\n"


def test_a_mail_provider_without_its_key_is_named(settings: Settings):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {}

    [error] = checks.mail_provider_is_complete()

    assert "POSTMARK_SERVER_TOKEN" in error.msg


def test_the_mail_check_is_among_djangos(settings: Settings):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"

    assert "config.E001" in [message.id for message in run_checks()]


@pytest.mark.parametrize("secret", ["", "no colon", ":", "user:", ":password"])
def test_a_mail_provider_without_a_secret_for_its_webhooks_is_refused(
    settings: Settings, secret: str
):
    settings.MAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": secret}

    [error] = checks.mail_webhooks_have_a_secret()

    assert error.id in [message.id for message in run_checks()]
    assert "/hooks/mail/postmark/tracking/" in str(error.hint)


@pytest.mark.parametrize(
    ("provider", "secret"), [("postmark", "user:password"), ("", "")], ids=["secret", "no provider"]
)
def test_where_nobody_can_speak_for_the_provider_all_is_well(
    settings: Settings, provider: str, secret: str
):
    settings.MAIL_PROVIDER = provider
    settings.ANYMAIL = {"WEBHOOK_SECRET": secret}

    assert checks.mail_webhooks_have_a_secret() == []


def test_a_proxy_that_nobody_counts_is_warned_of(settings):
    settings.EMBEDDED = False
    assert [one.id for one in checks.visitors_can_be_told_apart()] == ["config.W003"]

    settings.TRUSTED_PROXIES = 1
    assert checks.visitors_can_be_told_apart() == []
