"""What an update says anew, against what the same readers heard last."""

from datetime import timedelta

import pytest

from incidents.admin.update_changes import Difference, against_the_last
from incidents.models import Incident, Update
from tests.factories import NOON, IncidentFactory, UpdateFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WORDS = {"en": "We are looking into it.", "de": "Wir prüfen es."}


@pytest.fixture
def incident() -> Incident:
    return IncidentFactory(effect={"en": "Paying fails.", "de": "Zahlen scheitert."})


def said(incident: Incident, *, after: int, **fields: object) -> Update:
    at = NOON + after * HOUR
    given = {"public_text": WORDS, "published_at": at, "next_update_due_at": at + HOUR}
    return UpdateFactory(incident=incident, **given | fields)


def differences(incident: Incident, **fields: object) -> dict[tuple[str, str], Difference]:
    at = NOON + 9 * HOUR
    given = {"status": "investigating", "public_text": WORDS, "next_update_due_at": at + HOUR}
    update = Update(incident=incident, published_at=at, **given | fields)
    found = against_the_last(update=update, statuses={})
    return {(one.language, one.detail): one for one in found.differences}


def marked(difference: Difference) -> dict[str, str]:
    signs = {"same": "", "added": "+", "removed": "-"}
    return {
        name: " ".join(f"{signs[one.kind]}{one.words}" for one in pieces)
        for name, pieces in difference.texts
    }


def test_words_and_facts_are_compared_in_each_language(incident: Incident) -> None:
    said(incident, after=1)

    found = differences(
        incident,
        public_text={"en": "We are fixing it.", "de": "Wir prüfen es."},
        status="identified",
        proposal={"facts": {"effect": {"en": "Paying is slow.", "de": "Zahlen scheitert."}}},
    )

    english, german = marked(found["en", "public"]), marked(found["de", "public"])
    assert english["the words"] == "We are -looking into +fixing it."
    assert english["what customers notice"] == "Paying -fails. +is slow."
    assert "the words" not in german
    assert list(german.values()) == ["-wird untersucht +Ursache gefunden"]
    assert ("en", "technical") not in found


def test_the_first_update_has_nothing_to_be_compared_with(incident: Incident) -> None:
    update = Update(incident=incident, status="investigating", public_text=WORDS, published_at=NOON)

    assert against_the_last(update=update, statuses={}).update is None


def test_the_same_words_with_another_time_are_the_same(incident: Incident) -> None:
    said(incident, after=1)

    assert differences(incident)["en", "public"].is_same


def test_what_was_not_said_in_a_language_before_is_new(incident: Incident) -> None:
    said(incident, after=1, public_text={"en": "Hm."})

    found = differences(incident, technical_text={"en": "Volume full."})

    assert found["de", "public"].is_new
    assert found["en", "technical"].is_new


def test_it_is_compared_with_what_the_same_readers_heard(incident: Incident) -> None:
    said(incident, after=1)
    said(incident, after=2, audience="internal", public_text={"en": "Only among us."})

    assert differences(incident)["en", "public"].is_same
    assert not differences(incident, audience="internal")["en", "public"].is_same


def test_it_is_compared_with_what_was_put_right_since(incident: Incident) -> None:
    wrong = said(incident, after=1, public_text={"en": "All is well."})
    said(incident, after=2, corrects=wrong)

    assert differences(incident)["en", "public"].is_same


def test_a_day_reads_as_people_write_it(incident: Incident) -> None:
    said(incident, after=1, public_text={"en": r"It ends on 15\. December."})

    found = differences(incident, public_text={"en": r"It ends on 16\. December."})

    assert marked(found["en", "public"])["the words"] == "It ends on -15. +16. December."
