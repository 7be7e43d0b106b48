"""What the public forms took in, as it goes out, and as it is answered by text."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audiences.models import ConsentEvent, Contact, SignUp, Subscription
from messaging.models import Broadcast, Delivery
from messaging.services import deliveries, links, opt_ins, replies, unsubscribes
from messaging.services.replies import Reply
from messaging.services.unsubscribes import Way
from tests.factories import ContactFactory, DeliveryFactory, SegmentFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
PHONE = "+447700900123"


@pytest.fixture
def shop():
    return SegmentFactory(name="Shop & more", is_listed=True)


def sign_up(shop, **changes):
    given = {
        "wish": SignUp.Wish.SUBSCRIBE,
        "channel": "email",
        "address": "new@example.com",
        "language": "en",
        "segments": [shop.pk],
        "text_version": "notice-2026-11",
        "network_address": "192.0.2.1",
    }
    return SignUp.objects.create(**given | changes)


def answered(**changes):
    opt_ins.answer_waiting(now=timezone.now())
    return Delivery.objects.get(**changes)


def say(words, *, sid="SM1", sender=PHONE, now=None):
    reply = Reply(sid=sid, sender=sender, body=words, raw={})
    return replies.receive(reply=reply, now=now or timezone.now())


@pytest.fixture
def asked_by_text(shop):
    sign_up(shop, channel="sms", address=PHONE)
    return answered(channel="sms")


def test_the_mail_goes_out_bare_with_the_link_that_confirms(shop, email):
    sign_up(shop)
    delivery = answered()

    assert deliveries.send_pending(channel="email") == 1

    [mail] = email.sent
    link = f"/c/{links.token(delivery)}/"
    assert mail.to == "new@example.com"
    assert mail.subject == "Please confirm: service notices from Klartext"
    assert link in mail.text
    assert link in mail.html
    assert "Shop & more" in mail.text
    assert "Shop &amp; more" in mail.html
    assert "<img" not in mail.html
    assert not {name for name in mail.all_headers if name.startswith("List-")}


def test_an_ordinary_mail_has_both_links(bo, email):
    from tests.factories import BroadcastContentFactory

    delivery = DeliveryFactory(contact=bo)
    BroadcastContentFactory(
        broadcast=delivery.broadcast, text="https://merge.invalid/preferences\n"
    )

    deliveries.send_pending(channel="email")

    assert f"/p/{links.token(delivery)}/" in email.sent[0].text
    assert f"/u/{links.token(delivery)}/" in email.sent[0].all_headers["List-Unsubscribe"]


def test_a_suppressed_address_is_not_written_to(shop, opted_out, email):
    sign_up(shop, address=opted_out.email)
    answered()

    deliveries.send_pending(channel="email")

    assert email.sent == []


def test_the_letter_speaks_the_language_that_was_chosen(shop, monkeypatch):
    sign_up(shop, language="de")

    assert answered().language == "de"
    assert Contact.objects.get().language == "de"


def test_a_yes_confirms_and_is_kept_as_proof(asked_by_text, shop):
    words = say(" Yes! ")

    assert "you are subscribed" in words
    assert shop.members("sms").get().phone == PHONE
    given = ConsentEvent.objects.get(kind="given")
    assert given.evidence.startswith("twilio SM1")
    assert given.text_version == "notice-2026-11"


@pytest.mark.parametrize("word", ["JA", "ja.", "y", "Yes"])
def test_few_words_mean_yes(asked_by_text, shop, word):
    say(word)

    assert shop.members("sms").exists()


@pytest.mark.parametrize("words", ["yes but why", "no", "nein", "ja?nein"])
def test_anything_else_is_no_yes(asked_by_text, shop, words):
    assert say(words) == ""
    assert not shop.members("sms").exists()


def test_the_same_yes_again_changes_nothing(asked_by_text, shop):
    first = say("yes")
    Subscription.objects.update(state="unsubscribed")

    assert say("yes") == first
    assert not shop.members("sms").exists()


def test_a_yes_that_comes_too_late_is_an_answer_to_nothing(asked_by_text, shop):
    late = timezone.now() + opt_ins.CONFIRM_WITHIN + timedelta(minutes=1)

    assert say("yes", now=late) == ""
    assert not shop.members("sms").exists()


def test_a_yes_from_another_telephone_confirms_nothing(asked_by_text, shop):
    assert say("yes", sender="+447700900124") == ""
    assert not shop.members("sms").exists()


def test_a_yes_to_an_ordinary_text_is_left_to_a_person(bo, shop):
    DeliveryFactory(contact=bo, channel="sms", address=bo.phone)

    assert say("yes", sender=bo.phone) == ""


def test_stop_and_start_are_on_record(bo):
    say("STOP", sid="SM1", sender=bo.phone)
    say("START", sid="SM2", sender=bo.phone)

    kinds = bo.consents.order_by("pk").values_list("kind", "channel", "segment")
    assert list(kinds) == [("withdrawn", "sms", None), ("given", "sms", None)]


def test_of_those_who_share_a_telephone_the_one_without_a_mailbox_is_meant(shop, bo):
    plain = ContactFactory(email="", phone=bo.phone)

    sign_up(shop, channel="sms", address=bo.phone)

    assert answered().contact == plain


def test_a_shared_telephone_opens_nobodys_settings(shop, bo):
    ContactFactory(phone=bo.phone)

    sign_up(shop, channel="sms", address=bo.phone, wish=SignUp.Wish.LINK)
    opt_ins.answer_waiting(now=timezone.now())

    assert not Delivery.objects.exists()


def test_a_shared_telephone_gets_a_link_for_each_who_hears_there(shop, bo):
    other = ContactFactory(phone=bo.phone)
    for one in (bo, other):
        SubscriptionFactory(contact=one, segment=shop, channel="sms")

    sign_up(shop, channel="sms", address=bo.phone, wish=SignUp.Wish.LINK)
    opt_ins.answer_waiting(now=timezone.now())

    told = Delivery.objects.filter(channel="sms", address=bo.phone)
    assert {one.contact for one in told} == {bo, other}


def test_who_subscribes_a_shared_telephone_is_one_person_of_their_own(shop, bo):
    ContactFactory(phone=bo.phone)

    for segment in (shop, SegmentFactory(is_listed=True)):
        sign_up(segment, channel="sms", address=bo.phone)
    opt_ins.answer_waiting(now=timezone.now())

    [one] = {delivery.contact for delivery in Delivery.objects.all()}
    assert (one.email, one.phone) == ("", bo.phone)


def test_what_was_confirmed_at_a_shared_telephone_is_not_ended_by_a_mail_of_another(shop, bo):
    ContactFactory(phone=bo.phone)
    SubscriptionFactory(contact=bo, channel="sms")
    sign_up(shop, channel="sms", address=bo.phone)
    opt_ins.confirm(delivery=answered(), how="Answered YES", now=timezone.now())

    mail = DeliveryFactory(contact=bo, channel="email", address=bo.email)
    unsubscribes.leave_everything(delivery=mail, way=Way("Page"), now=timezone.now())

    assert shop.members("sms").get().phone == bo.phone


def test_one_that_cannot_be_answered_does_not_keep_the_others_waiting(shop, monkeypatch, caplog):
    from django.db import IntegrityError

    broken = sign_up(shop, address="broken@example.com")
    sign_up(shop)
    answer = opt_ins._answer

    def fail(one, now):
        if one == broken:
            raise IntegrityError
        answer(one, now)

    monkeypatch.setattr(opt_ins, "_answer", fail)

    assert opt_ins.answer_waiting(now=timezone.now()) == 2
    assert Delivery.objects.get().address == "new@example.com"
    assert "cannot be answered" in caplog.text
    assert "broken@" not in caplog.text


def test_lists_that_are_gone_meanwhile_are_not_asked_about(shop):
    sign_up(shop)
    shop.is_listed = False
    shop.save()

    opt_ins.answer_waiting(now=timezone.now())

    assert not Contact.objects.exists()
    assert not Broadcast.objects.exists()


def test_an_opt_in_is_finished_like_every_broadcast(shop, email):
    from messaging.services import broadcasts

    sign_up(shop)
    delivery = answered()
    deliveries.send_pending(channel="email")

    broadcasts.finish_drained(now=timezone.now())

    delivery.broadcast.refresh_from_db()
    assert delivery.broadcast.state == Broadcast.State.FINISHED
