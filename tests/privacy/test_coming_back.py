"""Whoever was erased may come back by their own word, and by nobody else's."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.models import Channel, Contact, Segment, SignUp, Suppression
from audiences.services import erased, erasure, imports
from messaging.models import Delivery
from messaging.services import barring, events, opt_ins, recipients
from messaging.services.events import Report
from tests.factories import BroadcastFactory, ContactFactory, SegmentFactory
from tests.pages import form_on
from tests.privacy.dump import places

MAIL = "zoe.kuemmerling@example.com"


@pytest.fixture
def shop(db: None) -> Segment:
    return SegmentFactory(name="Shop", is_listed=True)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def letter(shop: Segment, now: datetime) -> Delivery:
    """Zoë was erased, and her address is typed into the form."""
    erasure.erase(contact=ContactFactory(email=MAIL), by=None, now=now)
    SignUp.objects.create(
        wish=SignUp.Wish.SUBSCRIBE,
        channel="email",
        address=MAIL,
        language="de",
        segments=[shop.pk],
        asked_at=now,
    )
    opt_ins.answer_waiting(now=now)
    return Delivery.objects.get(contact__email=MAIL)


def is_erased() -> bool:
    return erased.is_erased(channel="email", address=MAIL)


def told(shop: Segment, now: datetime) -> list[str]:
    broadcast = BroadcastFactory(channels=["email"], frozen_at=None)
    broadcast.segments.set([shop])
    recipients.freeze(broadcast_id=broadcast.pk, now=now)
    return list(broadcast.deliveries.values_list("address", flat=True))


def test_whoever_confirms_hears_again(letter: Delivery, shop: Segment, now: datetime) -> None:
    assert is_erased()
    assert told(shop, now) == []

    opt_ins.confirm(delivery=letter, how="Confirmation page", now=now)

    assert not is_erased()
    assert told(shop, now) == [MAIL]
    lifted = Suppression.objects.get(reason=Suppression.Reason.ERASURE)
    assert lifted.lifted_because == f"Confirmation page, message {letter.pk}"


def test_colleagues_of_who_was_erased_are_taken_in_without_the_number_they_shared(
    db: None, tmp_path: Path, now: datetime
) -> None:
    desk, mobile = "+493022334466", "+4915123459922"
    for number, phone in enumerate((desk, mobile)):
        gone = ContactFactory(email=f"gone{number}@example.com", phone=phone)
        erasure.erase(contact=gone, by=None, now=now)
    known = ContactFactory(email="known@example.com", phone="")
    file = tmp_path / "people.csv"
    file.write_text(
        f"email,phone,city\ncolleague@example.com,{desk},\nprivate@example.com,{mobile},\n"
        f"gone0@example.com,{desk},\n,{desk},\nknown@example.com,{mobile},Kiel\n"
    )

    for job in (imports.Job(file=file, dry_run=True), imports.Job(file=file)):
        report = imports.run(job=job, now=now)
        assert [one.line for one in report.refused] == [3, 4, 5]
        assert "Nobody new comes in with the number" in report.refused[0].reason
        assert [said.line for said in report.warnings] == [2, 6]
        assert (report.counts.created, report.counts.updated, report.counts.warned) == (1, 1, 2)
        assert {said.reason for said in report.warnings} == {
            "Somebody with this number was erased: this person stays without it."
        }

    known.refresh_from_db()
    assert (known.phone, known.attributes) == ("", {"city": "Kiel"})
    assert Contact.objects.exclude(pk=known.pk).get().phone == ""


def test_by_hand_a_desk_is_shared_with_who_was_erased_and_a_pocket_is_not(
    lead_client: Client,
) -> None:
    desk, mobile = "+493022334466", "+4915123459922"
    for phone in (desk, mobile):
        mark = erased.mark(channel="sms", address=phone)
        Suppression.objects.create(channel="sms", address=mark, reason="erasure")

    page = reverse("admin:audiences_contact_add")
    form = form_on(lead_client.get(page).content.decode())

    def add(email: str, phone: str) -> bool:
        typed = {"name": ["Kim"], "email": [email], "phone": [phone]}
        return lead_client.post(page, form | typed).status_code == 302

    assert add("kim@example.com", desk)
    assert not add("", desk)
    assert not add("pat@example.com", mobile)


def test_whoever_comes_back_by_text_may_be_entered_by_hand_again(
    lead_client: Client, shop: Segment, now: datetime
) -> None:
    mobile, page = "+4915123459922", reverse("admin:audiences_contact_add")
    erasure.erase(contact=ContactFactory(email="", phone=mobile), by=None, now=now)
    form = form_on(lead_client.get(page).content.decode())
    typed = form | {"name": ["Zoë"], "email": [MAIL], "phone": ["0151 23459922"]}
    refused = lead_client.post(page, typed)
    assert "subscribe again by themselves" in refused.text

    asked = {"channel": "sms", "address": mobile, "segments": [shop.pk], "language": "de"}
    SignUp.objects.create(wish=SignUp.Wish.SUBSCRIBE, asked_at=now, **asked)
    opt_ins.answer_waiting(now=now)
    text = Delivery.objects.get(contact__phone=mobile)
    opt_ins.confirm(delivery=text, how="Answered YES", now=now)

    assert lead_client.post(page, typed).status_code == 302


def test_nothing_stands_against_the_letter(letter: Delivery) -> None:
    [claimed] = barring.look_at(Delivery.objects.filter(pk=letter.pk), letter.broadcast)

    assert barring.objection(claimed, "email") is None


def test_of_who_never_confirms_nothing_remains_but_the_hash(
    letter: Delivery, now: datetime
) -> None:
    letter.state = Delivery.State.ACCEPTED
    letter.save()
    bounce = Report(
        source="postmark",
        key="1",
        kind="bounce",
        raw={"Email": MAIL},
        state=Delivery.State.BOUNCED,
        suppress=Suppression.Reason.HARD_BOUNCE,
        channel=Channel.EMAIL,
        address=MAIL,
    )
    events.record(delivery=letter, report=bounce, now=now)
    later = now + timedelta(days=31)
    assert Suppression.objects.filter(address=MAIL).exists()

    assert opt_ins.forget_unconfirmed(now=later) == 1

    assert places(MAIL) == []
    assert not Contact.objects.exists()
    assert is_erased()


def test_an_address_that_was_never_erased_leaves_no_hash(shop: Segment, now: datetime) -> None:
    SignUp.objects.create(
        wish=SignUp.Wish.SUBSCRIBE, channel="email", address=MAIL, language="de", segments=[shop.pk]
    )
    opt_ins.answer_waiting(now=now)

    opt_ins.forget_unconfirmed(now=now + timedelta(days=31))

    assert places(MAIL) == []
    assert not Suppression.objects.exists()
