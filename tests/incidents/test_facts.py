"""An incident's facts are written down once, and each message says what is for its readers."""

from datetime import timedelta

import pytest

from incidents.models import Incident
from incidents.models.facts import FACTS, INTERNAL_FACTS
from incidents.services import postmortem_drafts, release, updates
from incidents.services.update_checks import BreaksRules, NotForAll
from incidents.services.updates import UpdateDraft
from messaging.models import BroadcastContent
from messaging.services import placeholders
from messaging.services.insertable import EXPLANATIONS
from tests.factories import NOON, SegmentFactory, SubscriptionFactory, TemplateVariantFactory

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(minutes=5)
KNOWN = {
    "scope": {"en": "Customers in the EU.", "de": "Kunden in der EU."},
    "action": {"en": "We add storage."},
    "cause": {"en": "A store has run full."},
    "technical_cause": {"en": "Rebalancing filled the sessions of one zone. Quorum lost."},
    "systems": {"en": "session-2, Hydra"},
}


def publish(incident, text="We found it.", status="identified", **changes):
    draft = UpdateDraft(
        status=status,
        public_text={"en": text},
        next_update_due_at=NOON + timedelta(minutes=40),
        **{"facts": KNOWN, **changes},
    )
    return updates.publish(incident=incident, draft=draft, by=None, now=SOON)


@pytest.fixture
def both_read(incident, template, ana):
    """The same words for customers and for an insider, as far as either may read them."""
    team = SegmentFactory(kind="internal", detail="technical")
    SubscriptionFactory(contact=ana, segment=team)
    for step in incident.plan.steps.all():
        step.segments.add(team)
    public = "".join(f"{{% if {name} %}}{{{{ {name} }}}} {{% endif %}}" for name in KNOWN)
    template.variants.update(body=public, sms_text=public)
    TemplateVariantFactory(template=template, detail="technical", body=public, sms_text=public)
    return incident


def test_facts_are_said_per_language_and_the_technical_ones_to_insiders_alone(both_read):
    publish(both_read)
    release.release_due(now=SOON)

    said = BroadcastContent.objects.filter(broadcast__title__contains="update").order_by("pk")
    texts = {(one.language, one.detail): one.text + one.html + one.sms_text for one in said}
    assert "Kunden in der EU." in texts["de", "public"]
    assert "A store has run full." in texts["en", "public"]
    assert "Quorum lost" in texts["en", "technical"]
    assert "Hydra" in texts["en", "technical"]
    for (_language, detail), text in texts.items():
        if detail == "public":
            assert not any(word in text for word in ("Quorum", "Hydra", "session-2"))


def test_what_is_for_internal_readers_is_so_in_templates_too():
    assert set(INTERNAL_FACTS) <= placeholders.INTERNAL
    assert set(FACTS) <= placeholders.FACTS & set(EXPLANATIONS)


def test_a_cause_is_not_told_before_it_is_known(both_read):
    publish(both_read, status="investigating")
    release.release_due(now=SOON)

    said = BroadcastContent.objects.filter(broadcast__title__contains="update", detail="public")
    assert said.filter(text__contains="We add storage.").exists()
    assert not said.filter(text__contains="run full").exists()


@pytest.mark.parametrize(
    "leak",
    [
        "We found it: Hydra is away.",
        "We found it on SESSION-2.",
        "We found it: quorum lost.",
        "It seems that rebalancing filled the sessions of one customer.",
    ],
)
def test_a_text_for_customers_that_says_a_technical_fact_does_not_go_out(incident, leak):
    with pytest.raises(BreaksRules, match="internal readers"):
        publish(incident, leak)


@pytest.mark.parametrize("text", ["Sessions of one zone are lost.", "The store is full."])
def test_words_that_merely_also_stand_there_are_no_leak(incident, text):
    publish(incident, text)


def test_a_fact_for_customers_that_says_a_technical_one_is_refused_and_quoted(incident):
    facts = KNOWN | {"cause": {"en": "The Hydra is full."}}
    with pytest.raises(BreaksRules, match="“Hydra”"):
        publish(incident, facts=facts)
    assert Incident.objects.get().cause == {}


@pytest.fixture
def leaking(incident):
    """A fact for customers names a machine: it was the name of a service once."""
    incident.cause, incident.systems = {"en": "The Hydra is full."}, {"en": "Hydra"}
    incident.save()
    return incident


def test_facts_that_an_update_leaves_alone_do_not_stop_it(leaking):
    publish(leaking, facts={"scope": KNOWN["scope"], "technical_cause": {"en": "Quorum lost."}})
    assert Incident.objects.get().scope == KNOWN["scope"]


@pytest.mark.parametrize("name", ["cause", "systems"])
def test_either_of_the_facts_that_do_not_go_together_is_complained_about(leaking, name):
    with pytest.raises(BreaksRules, match="“Hydra”"):
        publish(leaking, facts={name: getattr(leaking, name) | {"de": "Hydra"}})


def test_an_insiders_text_may_say_it(incident):
    kept = {name: KNOWN[name] for name in INTERNAL_FACTS}
    said = {"status": "investigating", "audience": "internal", "facts": kept}
    publish(incident, "Hydra is away.", **said)
    assert Incident.objects.get().systems == KNOWN["systems"]


def test_what_only_insiders_hear_changes_no_fact_for_customers(incident):
    with pytest.raises(NotForAll):
        publish(incident, status="investigating", audience="internal")


def test_the_post_mortem_begins_with_what_is_known(incident):
    publish(incident)
    incident.refresh_from_db()

    draft = postmortem_drafts.make(incident=incident, due_at=NOON)

    assert "Customers in the EU." in draft.body["en"]
    assert "A store has run full." in draft.body["en"]
    assert "Kunden in der EU." in draft.body["de"]
    assert "Quorum" not in draft.body["en"]
