"""What a plan says by itself never tells customers a technical fact, and is never silent for it."""

import pytest
from django.urls import reverse

from audiences.models import AudienceKind
from incidents.models import PlanStep
from incidents.services import release, safe_words
from messaging.models import Broadcast, BroadcastContent, Delivery, Template, TemplateVariant
from messaging.services import library
from tests.factories import NOON
from tests.incidents.team import MINUTE, said

pytestmark = pytest.mark.django_db
LATER = NOON + 30 * MINUTE


@pytest.fixture
def known(incident):
    """By the time that somebody notes what is behind it, it was opened."""
    incident.systems = {"en": "Hydra"}
    incident.technical_cause = {"en": "The standby pg-main-03 fell behind"}
    incident.save()
    return incident


def state(trigger, **words):
    PlanStep.objects.filter(trigger=trigger).update(statement=words)


def told(incident, language="en"):
    rows = BroadcastContent.objects.filter(broadcast__thread=incident.key)
    return rows.filter(language=language).order_by("pk").last()


def written(user):
    letters = Delivery.objects.filter(broadcast__purpose=Broadcast.Purpose.DUTY, channel="email")
    mine = letters.filter(contact=user.responder.contact)
    return "".join(one.broadcast.contents.get().text for one in mine)


def test_a_statement_with_a_technical_fact_gives_way_to_the_words_that_come_with_the_product(known):
    state("opened", en="We restart hydra.", de="Wir starten {{ components }} neu.")
    known.plan.steps.get(trigger="opened").template.variants.all().update(
        body="{{ update }}", sms_text="{{ update }}"
    )

    release.release_due(now=NOON)

    update = known.updates.get()
    assert "hydra" not in str(update.public_text).lower()
    assert update.public_text["en"].startswith("We are still working on the problem with Login")
    assert update.public_text["de"] == "Wir starten Login neu."
    assert update.public_text["en"] in told(known).text
    assert update.public_text["en"] in told(known).sms_text


def test_the_lead_and_the_plans_owner_hear_at_once_what_was_held_and_why(known, team, lead, owner):
    state("promise_due", en="We wait for pg-main-03.")
    said(known)

    release.release_due(now=LATER)

    for user in (lead, owner):
        assert "“pg-main-03” is a technical fact" in written(user)
        assert "did not go out" in written(user)


def test_the_room_says_what_was_held_in_the_language_of_whoever_looks(known, lead_client):
    state("opened", en="We restart Hydra.")
    release.release_due(now=NOON)

    address = reverse("admin:incidents_incident_room", args=[known.pk])
    page = lead_client.get(address, headers={"accept-language": "de"}).content.decode()

    assert "„Hydra“ ist eine technische Tatsache" in page


def test_customers_never_wait_for_that_message(known, monkeypatch):
    def fail(**_anything):
        raise RuntimeError("nobody to write to")

    monkeypatch.setattr(safe_words, "tell", fail)
    state("opened", en="We restart Hydra.")

    release.release_due(now=NOON)

    assert told(known)


def test_a_template_with_a_technical_fact_gives_way_as_well(known):
    TemplateVariant.objects.filter(language="en").update(subject="Hydra again: {{ title }}")

    release.release_due(now=NOON)

    assert "Hydra" not in told(known).subject
    assert "We look into Login." in told(known).text
    assert told(known, "de").subject.startswith("[")


def test_what_was_told_before_it_became_internal_is_left_out(known):
    known.title = {"en": "Hydra is down"}
    known.save()

    release.release_due(now=NOON)

    assert "Hydra" not in told(known).subject + told(known).text
    assert "We look into Login." in told(known).text


def test_our_own_people_may_read_it(known, customers):
    customers.kind = AudienceKind.INTERNAL
    customers.save()
    TemplateVariant.objects.update(subject="Hydra again: {{ title }}")

    release.release_due(now=NOON)

    assert told(known).subject.startswith("Hydra again")


def test_every_stage_has_words_for_what_nobody_has_written():
    others = {*Template.Stage.values} - {*Template.DUTY} - Template.ASKING
    for stage in others:
        assert library.statement(stage=stage, language="en")
