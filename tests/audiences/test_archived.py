"""A list that is no longer used goes out of use, not out of the records: a No and the evidence of
what people agreed to outlive it."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.test import Client

from audiences import rules
from audiences.models import Contact, ContactImport, Segment
from audiences.services import imports, offers, preferences, subscriptions, uploads
from audiences.services.consents import Proof
from incidents.services import plan_step_checks
from messaging.services import links, opt_ins
from tests.factories import (
    NOON,
    DeliveryFactory,
    PlanFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
)

BY_LINK = Proof.by_link("Unsubscribe page")


@pytest.fixture
def news(ana: Contact, bo: Contact) -> Segment:
    """Ana hears it, Bo has left it, and its rule would name both."""
    news: Segment = SegmentFactory(
        slug="news", name="News", is_listed=True, rule={"field": "language", "one_of": ["de", "en"]}
    )
    SubscriptionFactory(contact=ana, segment=news)
    subscriptions.leave(contact=bo, segments=[news], channel="email", proof=BY_LINK, now=NOON)
    return news


@pytest.fixture
def archived(news: Segment) -> Segment:
    news.is_archived = True
    news.full_clean()
    news.save()
    return news


def test_a_list_that_somebody_left_cannot_be_deleted(news: Segment, bo: Contact) -> None:
    news.subscriptions.exclude(contact=bo).delete()

    with pytest.raises(ProtectedError):
        news.delete()
    with pytest.raises(ProtectedError):
        Segment.objects.filter(pk=news.pk).delete()

    assert news.subscriptions.get().state == "unsubscribed"


@pytest.mark.parametrize("use", ["step", "message"])
def test_a_list_that_a_plan_names_or_a_message_came_through_cannot_be_deleted(
    db: None, use: str
) -> None:
    segment: Segment = SegmentFactory(rule={"field": "language", "equals": "de"})
    if use == "step":
        PlanStepFactory(plan=PlanFactory()).segments.add(segment)
    else:
        DeliveryFactory(segment=segment)

    with pytest.raises(ProtectedError, match="Archive it instead"):
        segment.delete()
    with pytest.raises(ProtectedError, match="steps" if use == "step" else "deliveries"):
        Segment.objects.all().delete()


def test_it_reaches_nobody_and_is_offered_to_nobody(archived: Segment, ana: Contact) -> None:
    assert not archived.members("email").exists()
    assert archived not in offers.lists()
    assert archived not in offers.may_join(contact=ana, is_insider=True)
    assert offers.chosen(numbers=[archived.pk], is_insider=True, now=NOON) == []
    assert preferences.choices(contact=ana, is_insider=True) == []
    assert preferences.of(contact=ana).places == frozenset()
    assert archived.subscriptions.count() == 2


def test_used_again_it_reaches_who_did_not_leave(archived: Segment, ana: Contact) -> None:
    Segment.objects.update(is_archived=False)
    archived.refresh_from_db()

    assert archived.members("email").get() == ana


def test_stopping_everything_stops_it_for_good(archived: Segment, ana: Contact) -> None:
    subscriptions.leave_all(contact=ana, proof=BY_LINK, now=NOON)

    assert set(archived.subscriptions.values_list("state", flat=True)) == {"unsubscribed"}


def test_no_letter_from_before_brings_somebody_in(
    client: Client, archived: Segment, ana: Contact
) -> None:
    letter = DeliveryFactory(contact=ana, address=ana.email)
    letter.broadcast.purpose, letter.broadcast.thread = "opt_in", opt_ins.ASKED
    letter.broadcast.save()
    letter.broadcast.segments.add(archived)

    assert client.post(f"/c/{links.token(letter)}/").status_code == 410


def test_no_file_subscribes_to_it(archived: Segment, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,segments\nnew@example.com,news\n")
    job = imports.Job(file=file, consent_text="Contract.")

    report = imports.run(job=job, now=NOON)

    assert archived.subscriptions.count() == 2
    assert any("no segment “news”" in note for note in report.notes)
    with pytest.raises(imports.UnknownSegment):
        imports.run(job=imports.Job(file=file, segment="news", consent_text="C."), now=NOON)


def test_an_import_that_was_looked_at_before_is_not_begun(news: Segment, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email\nnew@example.com\n")
    terms = uploads.Terms(segment=news, consent_text="Contract.")
    one = uploads.take(source=file, name=file.name, terms=terms, by=None, now=NOON)
    imports.look(contact_import=one, now=NOON)
    news.subscriptions.all().delete()
    with pytest.raises(ProtectedError):
        news.delete()
    Segment.objects.update(is_archived=True)
    one = ContactImport.objects.get()

    with pytest.raises(imports.NotPossible, match="“News” is archived"):
        imports.start(contact_import=one, by=None)


def test_what_others_rules_refer_to_stays_in_use(news: Segment) -> None:
    SegmentFactory(name="Everybody else", rule={"not": {"in_segment": "news"}})
    news.is_archived = True

    with pytest.raises(ValidationError, match="“Everybody else”"):
        news.full_clean()


def test_no_rule_refers_to_it_from_now_on(archived: Segment) -> None:
    with pytest.raises(rules.InvalidRule, match="no segment “news”"):
        SegmentFactory.build(slug="x", rule={"in_segment": "news"}).check_rule()


def test_the_followers_of_something_are_no_list_of_ours(db: None) -> None:
    followers = SegmentFactory(topic="component:shop", is_archived=True)

    with pytest.raises(ValidationError, match="follow"):
        followers.full_clean()


def test_a_plan_that_names_it_says_so(archived: Segment) -> None:
    step = PlanStepFactory(plan=PlanFactory())
    step.segments.add(archived)

    found = list(plan_step_checks.check(plan=step.plan, step=step))

    assert any("“News” is archived" in one.words for one in found)
