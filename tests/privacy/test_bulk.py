"""One change to many contacts is shown first, then made, and asked for of nobody twice."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from audiences import tasks
from audiences.admin import bulk as pages
from audiences.models import BulkChange, ConsentEvent, Contact, Segment, Subscription
from audiences.services import bulk, uses, wake
from tests.factories import (
    NOON,
    AccountFactory,
    ContactFactory,
    SegmentFactory,
    SubscriptionFactory,
    UserFactory,
)

LIST = "admin:audiences_contact_changelist"


def choose(client: Client, action: str, people: list[Contact], **typed: object) -> object:
    return client.post(
        reverse(LIST),
        {"action": action, "_selected_action": [one.pk for one in people], **typed},
        follow=True,
    )


def said(answer: object) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


@pytest.fixture
def segment(db: None) -> Segment:
    return SegmentFactory(name="Shop customers")


def test_it_says_how_many_and_whom_before_anything_happens(
    lead_client: Client, ana: Contact, bo: Contact
) -> None:
    asked = choose(lead_client, "mark_shared", [ana, bo])

    assert "2 people: Bo Larsen, Ana Weber" in asked.content.decode()
    assert not Contact.objects.filter(is_shared=True).exists()


def test_subscribing_respects_who_left(
    lead_client: Client, ana: Contact, bo: Contact, segment: Segment
) -> None:
    left = SubscriptionFactory(contact=bo, segment=segment, state="unsubscribed", source="link")

    form = {"segment": segment.pk, "channel": "email", "evidence": "asked by phone"}
    done = choose(lead_client, "subscribe", [ana, bo], confirmed="yes", **form)

    left.refresh_from_db()
    assert left.state == Subscription.State.UNSUBSCRIBED
    assert Subscription.objects.get(contact=ana).evidence == "lead: asked by phone"
    assert "1 person was changed." in said(done)
    assert "1 person stays" in said(done)
    assert LogEntry.objects.filter(object_id=str(ana.pk)).count() == 1


def test_subscribing_needs_evidence(lead_client: Client, ana: Contact, segment: Segment) -> None:
    form = {"segment": segment.pk, "channel": "email", "evidence": ""}
    asked = choose(lead_client, "subscribe", [ana], confirmed="yes", **form)

    assert "evidence" in asked.context["form"].errors
    assert not Subscription.objects.exists()


def test_unsubscribing_holds_also_against_a_rule(ana: Contact, bo: Contact, lead: User) -> None:
    rule = {"field": "language", "one_of": ["de", "en"]}
    segment = SegmentFactory(rule=rule)
    SubscriptionFactory(contact=ana, segment=segment)
    details = {"segment": segment.pk, "channel": "email", "evidence": "no longer customers"}

    done = [
        bulk.carry_out(what="unsubscribe", ids=[ana.pk, bo.pk], details=details, by=lead, now=NOON)
        for _time in range(2)
    ]

    assert done == [2, 0]
    assert not segment.members("email").exists()
    assert set(Subscription.objects.values_list("source", flat=True)) == {"staff"}
    events = ConsentEvent.objects.order_by("contact").values_list(
        "contact", "kind", "source", "segment", "channel", "evidence"
    )
    said = ("withdrawn", "staff", segment.pk, "email", "lead: no longer customers")
    assert list(events) == [(pk, *said) for pk in sorted([ana.pk, bo.pk])]


def test_the_language_is_set_where_it_is_another(
    lead_client: Client, ana: Contact, bo: Contact
) -> None:
    chose = ContactFactory(language="en", is_locale_own=True)
    done = choose(lead_client, "set_language", [ana, bo, chose], confirmed="yes", language="de")

    assert set(Contact.objects.values_list("language", flat=True)) == {"de", "en"}
    assert "1 person was changed." in said(done)


def test_erasing_many_asks_for_their_number(lead_client: Client, ana: Contact, bo: Contact) -> None:
    refused = choose(lead_client, "erase_many", [ana, bo], confirmed="yes", typed="yes")
    are_there = Contact.objects.count()
    choose(lead_client, "erase_many", [ana, bo], confirmed="yes", typed="2")

    assert "nobody was erased" in refused.content.decode()
    assert are_there == 2
    assert not Contact.objects.exists()


@pytest.fixture
def begun(
    lead_client: Client, ana: Contact, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> BulkChange:
    """Five people are subscribed by workers, two at a time."""
    ContactFactory.create_batch(4)
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    monkeypatch.setattr(bulk, "BATCH", 2)
    form = {"segment": segment.pk, "channel": "email", "evidence": "asked by phone"}
    choose(lead_client, "subscribe", [ana], confirmed="yes", select_across="1", **form)
    return BulkChange.objects.get()


def page(client: Client, change: BulkChange) -> str:
    return client.get(reverse("admin:audiences_bulkchange_change", args=[change.pk])).text


def test_a_large_selection_is_the_workers(lead_client: Client, begun: BulkChange) -> None:
    before, asked = Subscription.objects.count(), page(lead_client, begun)
    for _turn in range(4):
        tasks.carry_change_on(change_id=begun.pk)

    assert before == 0
    assert "Subscribe to a segment" in asked
    assert begun.chosen in asked
    assert begun.chosen == "segment: Shop customers, channel: E-mail, evidence: asked by phone"
    assert Subscription.objects.filter(evidence="lead: asked by phone").count() == 5
    begun.refresh_from_db()
    assert (begun.done, begun.changed, begun.ids) == (5, 5, [])
    assert "5 of 5 done" in page(lead_client, begun)


def test_what_fails_at_a_worker_says_so_and_goes_on_where_it_stopped(
    lead_client: Client, begun: BulkChange, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.carry_change_on(change_id=begun.pk)
    with monkeypatch.context() as patch:
        patch.setitem(bulk.CHANGES, "subscribe", lambda *_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.carry_change_on(change_id=begun.pk)
    tasks.carry_change_on(change_id=begun.pk)

    stopped = page(lead_client, begun)
    assert "Stopped after 2 of 5" in stopped
    assert "ZeroDivisionError" in stopped
    assert Subscription.objects.count() == 2

    lead_client.post(reverse("admin:audiences_bulkchange_go_on", args=[begun.pk]))
    for _turn in range(2):
        tasks.carry_change_on(change_id=begun.pk)
    assert "5 of 5 done" in page(lead_client, begun)
    assert Subscription.objects.count() == 5


def test_what_was_deleted_meanwhile_stops_a_change_in_the_words_of_who_asked(
    lead_client: Client, begun: BulkChange, segment: Segment
) -> None:
    BulkChange.objects.update(language="en")
    segment.delete()

    tasks.carry_change_on(change_id=begun.pk)

    assert "has been deleted meanwhile: choose anew" in page(lead_client, begun)


def test_only_who_asked_lets_a_stopped_change_go_on(begun: BulkChange) -> None:
    BulkChange.objects.update(problem="It stopped.")
    other = Client()
    other.force_login(UserFactory(is_staff=True, is_superuser=True))

    answer = other.post(reverse("admin:audiences_bulkchange_go_on", args=[begun.pk]))

    assert answer.status_code == 403
    assert "It stopped." in page(other, begun)


def test_an_account_that_is_deleted_meanwhile_stops_no_other(db: None) -> None:
    gone, there = AccountFactory(), AccountFactory()
    ids = [gone.pk, there.pk]
    gone.delete()

    assert uses.add(component="checkout", accounts=ids) == {there.pk}


def test_a_busy_database_stops_no_change(
    begun: BulkChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_locked(*_given: object) -> int:
        raise OperationalError("database is locked")

    monkeypatch.setitem(bulk.CHANGES, "subscribe", is_locked)
    with pytest.raises(OperationalError):
        tasks.carry_change_on(change_id=begun.pk)

    begun.refresh_from_db()
    assert begun.problem == ""


def test_a_sweep_wakes_nobody_for_what_is_worked_on_until_its_worker_must_be_dead(
    begun: BulkChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(wake, "publish", lambda task, **_about: woken.append(task) or True)

    tasks.sweep_changes()
    tasks.sweep_changes()
    at_first = len(woken)
    tasks.carry_change_on(change_id=begun.pk)
    tasks.sweep_changes()
    after_a_batch = len(woken)
    BulkChange.objects.update(leased_until=NOON)
    tasks.sweep_changes()

    assert (at_first, after_a_batch, len(woken)) == (1, 2, 3)


@pytest.mark.parametrize("loss", ["has left", "holds no permission"])
def test_who_may_not_change_people_any_more_changes_nobody(
    lead: User, lead_client: Client, begun: BulkChange, loss: str
) -> None:
    tasks.carry_change_on(change_id=begun.pk)
    if loss == "has left":
        User.objects.filter(pk=lead.pk).update(is_active=False)
    else:
        User.objects.filter(pk=lead.pk).update(is_superuser=False)

    tasks.carry_change_on(change_id=begun.pk)

    begun.refresh_from_db()
    assert (begun.done, Subscription.objects.count()) == (2, 2)
    assert "may not change these any more" in begun.problem


def test_who_may_not_change_people_any_more_lets_nothing_go_on(
    lead: User, lead_client: Client, begun: BulkChange
) -> None:
    BulkChange.objects.update(problem="It stopped.")
    User.objects.filter(pk=lead.pk).update(is_superuser=False)

    answer = lead_client.post(reverse("admin:audiences_bulkchange_go_on", args=[begun.pk]))

    assert answer.status_code == 403
