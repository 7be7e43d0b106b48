"""The check knows what the incident knows: a text is good at one moment and bad at another."""

from datetime import timedelta

import pytest

from incidents.admin import readings
from incidents.services import checking, updates
from incidents.services.updates import UpdateDraft
from messaging.models import HouseWord, Template
from tests.factories import NOON

pytestmark = pytest.mark.django_db
Stage = Template.Stage


def written(incident, text, **changes):
    draft = UpdateDraft(
        **{
            "status": "investigating",
            "public_text": {"en": text},
            "next_update_due_at": NOON + timedelta(minutes=30),
            **changes,
        }
    )
    return updates.written(incident=incident, draft=draft, by=None, at=NOON)


def findings(incident, text, statuses=None, **changes):
    update = written(incident, text, **changes)
    found = checking.read(update=update, statuses=statuses or {}, now=NOON)
    return {finding.rule for finding in found.get("en", [])}


def say(incident, status="investigating"):
    draft = UpdateDraft(
        status=status,
        public_text={"en": "Sign-in fails for some. We look into it."},
        next_update_due_at=NOON + timedelta(minutes=30) if status != "resolved" else None,
    )
    updates.publish(incident=incident, draft=draft, by=None, now=NOON)
    incident.refresh_from_db()


def test_what_the_incident_says_beside_it_need_not_be_said_again(incident):
    text = "We are looking into it."
    assert "impact-missing" in findings(incident, text)
    assert "impact-missing" not in findings(
        incident, text, facts={"effect": {"en": "Signing in fails."}}
    )
    assert "component-missing" not in findings(incident, text)


def test_what_stands_there_ten_times_is_said_to_its_author_once(incident):
    update = written(incident, "We look into web-prod-03. " * 10)

    ((_language, remarks),) = readings.remarks(update=update, statuses={}, now=NOON)

    assert [one.quote for one in remarks if one.quote == "web-prod-03"] == ["web-prod-03"]


def test_the_first_word_is_read_as_one(incident):
    assert checking.stage_of(written(incident, "x")) == Stage.ACKNOWLEDGE
    say(incident)
    assert checking.stage_of(written(incident, "x")) == Stage.UPDATE


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("identified", Stage.IDENTIFIED),
        ("monitoring", Stage.MONITORING),
        ("resolved", Stage.RESOLVED),
    ],
)
def test_a_turn_is_read_as_what_it_turns_to(incident, status, stage):
    say(incident)
    assert checking.stage_of(written(incident, "x", status=status)) == stage
    if status != "resolved":
        say(incident, status)
        assert checking.stage_of(written(incident, "x", status=status)) == Stage.UPDATE


def test_the_field_and_the_text_promise_the_same_time(incident):
    say(incident)
    wrong = "We move sign-in away. Next update at 18:00 UTC."
    assert "next-update-contradicts" in findings(incident, wrong)
    right = f"We move sign-in away. Next update at {NOON + timedelta(minutes=30):%H:%M} UTC."
    assert "next-update-contradicts" not in findings(incident, right)


def test_how_bad_it_is_counts_as_the_update_leaves_it(incident, login):
    say(incident)
    text = "Sign-in fails. We are moving it to other servers."
    fine, away = {login.pk: "degraded_performance"}, {login.pk: "major_outage"}
    assert "workaround-missing" not in findings(incident, text, fine)
    assert "workaround-missing" in findings(incident, text, away)


def test_the_companys_own_words_count(incident):
    text = "Hydra fails for some of you. We are moving it to other servers."
    assert findings(incident, text) == set()
    HouseWord.objects.create(word="hydra")
    assert findings(incident, text) == {"internal-word"}


def test_each_language_is_read_for_itself(incident):
    update = written(
        incident,
        "x",
        public_text={"en": "Oops, sign-in fails. We look into it.", "de": "", "fr": "Zut."},
    )
    assert set(checking.read(update=update, statuses={}, now=NOON)) == {"en"}
