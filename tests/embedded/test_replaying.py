"""The replay command on real parts: what its report counts is what the stand-ins caught."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from embedded.store import Store
from tests.ports import free_ports

INCIDENTS, PEOPLE = 8, 5
PREPARE = """
from datetime import date
from django.contrib.auth.models import User
from audiences.models import Contact, Segment, Subscription
from incidents.models import Plan, PlanStep
from messaging.models import Template
from messaging.services import library

library.load()
everybody = Segment.objects.create(slug="everybody", name="Everybody")
owner = User.objects.create(username="owner")
plan = Plan.objects.create(
    slug="plan", name="Plan", owner=owner, review_on=date(2027, 1, 1)
)
for trigger, slug in (("opened", "acknowledge"), ("update_published", "update")):
    step = PlanStep.objects.create(
        plan=plan,
        name=slug,
        trigger=trigger,
        template=Template.objects.get(slug=slug),
        channels=["email", "sms"],
        statement={"en": "We are looking into it."},
    )
    step.segments.add(everybody)
plan.status = "active"
plan.save()
for number in range(PEOPLE):
    person = Contact.objects.create(
        email=f"p{number}@example.com", phone=f"+4477009000{number:02}"
    )
    for channel in ("email", "sms"):
        Subscription.objects.create(
            contact=person, segment=everybody, channel=channel, state="confirmed"
        )
"""


def recording(number: int) -> dict[str, object]:
    started = datetime(2025, 3, 1, 9, tzinfo=UTC) + timedelta(days=number)
    words = ("investigating", "update", "resolved")[: 2 + number % 2]
    return {
        "id": str(number),
        "name": f"Incident {number}",
        "kind": "incident",
        "impact": "minor",
        "components": [],
        "started_at": started.isoformat(),
        "updates": [
            {
                "at": (started + timedelta(minutes=10 * place)).isoformat(),
                "status": status,
                "body": f"Words {place} of incident {number}.",
            }
            for place, status in enumerate(words)
        ],
    }


@pytest.fixture
def manage(tmp_path: Path):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "EMBEDDED_PORT": str(free_ports(3)),
        "KLARTEXT_VAR": str(tmp_path / "var"),
    }

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    return run


@pytest.mark.slow(reason="the whole set-up plays twenty incidents")
def test_every_recorded_update_reaches_every_subscriber_exactly_once(tmp_path: Path, manage):
    recordings = [recording(number) for number in range(INCIDENTS)]
    history, report = tmp_path / "history.jsonl", tmp_path / "report.json"
    history.write_text("\n".join(json.dumps(each) for each in recordings))
    manage("migrate", "-v0")
    prepared = manage("shell", "-v0", "-c", f"PEOPLE = {PEOPLE}\n{PREPARE}")
    assert prepared.returncode == 0, prepared.stderr

    played = manage("replay", str(history), "--json", str(report))

    assert played.returncode == 0, played.stdout + played.stderr
    updates = sum(len(each["updates"]) for each in recordings)
    counted: Counter[str] = Counter()
    for each in json.loads(report.read_text()):
        for channel, states in each["deliveries"].items():
            counted[channel] += sum(states.values())
            assert set(states) <= {"accepted", "delivered"}
    with Store(tmp_path / "var" / "caught.sqlite3") as store:
        mails = Counter((mail.recipient, mail.message_id) for mail in store.mails())
        texts = Counter((text.recipient, text.body) for text in store.texts())
    assert len(mails) == sum(mails.values()) == counted["email"] == updates * PEOPLE
    assert len(texts) == sum(texts.values()) == counted["sms"] == updates * PEOPLE


@pytest.mark.slow(reason="a command of its own")
def test_a_replay_without_anything_to_play_says_so(tmp_path: Path, manage):
    history = tmp_path / "history.jsonl"
    history.write_text("{}\n")

    played = manage("replay", str(history))

    assert played.returncode == 1
    assert "line 1: no updates" in played.stderr
    assert "Nothing to play" in played.stderr
