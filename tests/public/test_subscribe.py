from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audiences.models import ConsentEvent, Contact, SignUp, Subscription, Suppression
from audiences.services import sign_ups
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import links, opt_ins
from tests.factories import ContactFactory, SegmentFactory, SubscriptionFactory

State = Subscription.State


@pytest.fixture
def shop(db):
    return SegmentFactory(name="Shop", slug="shop", is_listed=True)


def form(*lists, email="new@example.com", phone="", language="en", **more):
    return {
        "lists": [segment.pk for segment in lists],
        "email": email,
        "phone": phone,
        "language": language,
        **more,
    }


def ask(client, *lists, address="192.0.2.1", **given):
    return client.post("/subscribe/", form(*lists, **given), REMOTE_ADDR=address)


def letters():
    return Delivery.objects.filter(broadcast__purpose=Broadcast.Purpose.OPT_IN)


def heard(segment, channel="email"):
    return {str(contact.email or contact.phone) for contact in segment.members(channel)}


@pytest.fixture
def letter(client, shop, now):
    """Somebody new has asked, and a worker has answered."""
    ask(client, shop)
    opt_ins.answer_waiting(now=now)
    return letters().get()


@pytest.fixture
def confirm_url(letter):
    return f"/c/{links.token(letter)}/"


def test_the_page_offers_what_is_listed_and_not_internal(client, shop):
    SegmentFactory(name="Hidden")
    SegmentFactory(name="Our team", kind="internal", is_listed=True)
    SegmentFactory(name="Checkout", topic="component:checkout", is_listed=True)

    page = client.get("/subscribe/").content.decode()

    assert "Shop" in page
    assert "Checkout" in page
    assert "Single services" in page
    assert "Hidden" not in page
    assert "Our team" not in page


def test_without_lists_it_says_so(client, db):
    assert "no lists to subscribe to yet" in client.get("/subscribe/").content.decode()


def test_a_link_may_choose_a_list_beforehand(client, shop):
    other = SegmentFactory(name="Other", slug="other", is_listed=True)

    page = client.get("/subscribe/?list=other").content.decode()

    assert f'value="{other.pk}" checked' in page
    assert f'value="{shop.pk}" checked' not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "", "phone": ""},
        {"email": "not an address"},
        {"email": "", "phone": "12"},
        {"lists": []},
        {"lists": ["nonsense"]},
        {"language": "xx"},
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_kept(client, shop, wrong):
    answer = client.post("/subscribe/", form(shop) | wrong)

    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert not SignUp.objects.exists()


def test_nobody_chooses_a_list_that_is_not_offered(client, shop):
    team = SegmentFactory(name="Our team", kind="internal", is_listed=True)

    assert ask(client, shop, team).status_code == 422


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(client, shop):
    assert ask(client, shop, website="https://spam.example").status_code == 302
    assert not SignUp.objects.exists()


def test_another_site_cannot_send_the_form(shop):
    careful = Client(enforce_csrf_checks=True)

    assert careful.post("/subscribe/", form(shop)).status_code == 403


@pytest.mark.parametrize("path", ["/subscribe/", "/preferences/"])
def test_browsers_say_where_the_form_was(client, shop, path):
    # Under "no-referrer" they post with the origin "null", which is refused.
    page = client.get(path)

    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/subscribe/", "/subscribe/sent/", "/preferences/", "/preferences/sent/"]
)
def test_looking_changes_nothing(client, shop, rows, path):
    before = rows()

    assert client.get(path, {"email": "a@example.com", "lists": shop.pk}).status_code == 200
    client.head(path)

    assert rows() == before


def test_until_it_is_confirmed_nothing_is_heard(letter, shop):
    row = Subscription.objects.get()

    assert row.state == State.UNCONFIRMED
    assert heard(shop) == set()


def test_the_letter_asks_and_does_nothing_else(letter):
    broadcast, content = letter.broadcast, BroadcastContent.objects.get()

    assert letter.address == "new@example.com"
    assert broadcast.priority == Broadcast.Priority.URGENT
    assert broadcast.state == Broadcast.State.SENDING
    assert broadcast.frozen_at
    assert "confirm" in content.text
    assert "Shop" in content.text
    assert "ignore this message" in content.text
    assert "<img" not in content.html
    assert "https://merge.invalid/confirm" in content.html


def test_looking_at_the_link_confirms_nothing(client, confirm_url, rows):
    before = rows()

    assert client.get(confirm_url).status_code == 200
    client.head(confirm_url)

    assert rows() == before


def test_the_button_confirms_and_keeps_the_proof(client, confirm_url, shop):
    bare = Client(enforce_csrf_checks=True)

    page = bare.post(confirm_url, REMOTE_ADDR="2001:db8::1").content.decode()

    assert "You are subscribed" in page
    assert heard(shop) == {"new@example.com"}
    requested, *_others = ConsentEvent.objects.filter(kind="requested", segment=shop)
    given = ConsentEvent.objects.get(kind="given")
    assert (requested.network_address, given.network_address) == ("192.0.2.1", "2001:db8::1")
    assert given.text_version == requested.text_version == "notice-2026-11"
    assert (given.segment, given.channel, given.source) == (shop, "email", "self")


def test_confirming_twice_is_as_good_as_once(client, confirm_url, rows):
    client.post(confirm_url)
    before = rows()

    assert client.post(confirm_url).status_code == 200
    assert rows() == before


def test_a_link_that_is_too_old_confirms_nothing(client, confirm_url, shop, now):
    Broadcast.objects.update(created_at=now - timedelta(days=8))

    assert client.get(confirm_url).status_code == 410
    assert client.post(confirm_url).status_code == 410
    assert heard(shop) == set()


def test_an_old_link_does_not_bring_back_what_was_stopped(client, confirm_url, shop, letter):
    client.post(confirm_url)
    client.post(f"/p/{links.token(letter)}/", {"choice": "everything"})

    assert client.get(confirm_url).status_code == 410
    assert client.post(confirm_url).status_code == 410
    assert not heard(shop)


def test_stopping_everything_stops_what_was_only_asked_for(client, confirm_url, shop, letter):
    url = f"/u/{links.token(letter)}/"
    client.post(url, {"choice": "everything"})
    client.post(url, {"choice": "everything-again"})

    assert client.post(confirm_url).status_code == 410
    assert not heard(shop)


def test_who_stopped_everything_may_ask_again(client, confirm_url, shop, letter, now):
    client.post(confirm_url)
    client.post(f"/u/{links.token(letter)}/", {"choice": "everything"})
    SignUp.objects.all().delete()
    ask(client, shop)
    opt_ins.answer_waiting(now=timezone.now())

    client.post(f"/c/{links.token(letters().latest('pk'))}/")

    assert heard(shop) == {"new@example.com"}


def test_what_was_never_confirmed_has_not_stopped(client, letter):
    page = client.get(f"/u/{links.token(letter)}/", headers={"accept-language": "en"})

    assert "have stopped" not in page.text
    assert "Nobody has confirmed it" in page.text


def test_the_link_of_an_ordinary_message_confirms_nothing(client, shop, bo):
    from tests.factories import DeliveryFactory

    token = links.token(DeliveryFactory(contact=bo))

    assert client.get(f"/c/{token}/").status_code == 404
    assert client.post(f"/c/{token}/").status_code == 404


def test_whoever_is_subscribed_gets_their_settings_instead(client, shop, bo, now):
    SubscriptionFactory(contact=bo, segment=shop)

    ask(client, shop, email="Bo@Example.org")
    opt_ins.answer_waiting(now=now)

    assert letters().get().contact == bo
    content = BroadcastContent.objects.get()
    assert "You get them already" in content.text
    assert "https://merge.invalid/preferences" in content.text
    assert Contact.objects.count() == 1


def test_a_request_by_somebody_else_does_not_undo_an_unsubscription(client, shop, bo, now):
    Shop = SegmentFactory(is_listed=True, rule={"field": "language", "equals": "en"})
    SubscriptionFactory(contact=bo, segment=Shop, state=State.UNSUBSCRIBED)

    ask(client, Shop, email=bo.email)
    opt_ins.answer_waiting(now=now)

    assert heard(Shop) == set()

    client.post(f"/c/{links.token(letters().get())}/")

    assert heard(Shop) == {bo.email}


def test_mail_and_telephone_are_proven_one_by_one(client, shop, now):
    ask(client, shop, phone="+447700900009")
    opt_ins.answer_waiting(now=now)

    text = letters().get(channel="sms")
    client.post(f"/c/{links.token(text)}/")

    assert heard(shop) == set()
    assert heard(shop, "sms") == {"+447700900009"}


def test_a_shared_address_says_so_once_it_is_confirmed(client, shop, now):
    ask(client, shop, is_shared="on")
    opt_ins.answer_waiting(now=now)
    assert not Contact.objects.get().is_shared

    client.post(f"/c/{links.token(letters().get())}/")

    assert Contact.objects.get().is_shared


@pytest.fixture
def everybody(shop, bo, opted_out):
    """Known and subscribed, suppressed, erased, never seen."""
    SubscriptionFactory(contact=bo, segment=shop)
    gone = ContactFactory(email="gone@example.com")
    Suppression.objects.create(channel="email", address=gone.email, reason="erasure")
    gone.delete()
    return [bo.email, opted_out.email, "gone@example.com", "never.seen@example.com"]


@pytest.mark.parametrize("path", ["/subscribe/", "/preferences/"])
def test_the_answer_is_the_same_for_everybody(shop, everybody, path):
    seen = set()
    for number, email in enumerate(everybody):
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = browser.post(path, form(shop, email=email))
        page = browser.get(answer["Location"])
        shapes = tuple(query["sql"].split(" WHERE ")[0][:60] for query in asked)
        seen.add((answer.status_code, answer.content, answer["Location"], page.content, shapes))

    assert len(seen) == 1
    assert SignUp.objects.count() == len(everybody)


def test_over_the_limit_the_answer_is_the_same_and_no_mail_goes_out(client, shop, now):
    within = ask(client, shop)
    over = ask(client, shop)

    assert (over.status_code, over["Location"]) == (within.status_code, within["Location"])
    assert SignUp.objects.count() == 1


def test_who_asked_for_something_else_just_before_is_answered(client, shop, now):
    other = SegmentFactory(name="Payments", is_listed=True)
    client.post("/preferences/", {"email": "new@example.com"})
    ask(client, shop)
    ask(client, other)

    opt_ins.answer_waiting(now=now)

    asked = [list(letter.broadcast.segments.all()) for letter in letters().order_by("pk")]
    assert asked == [[shop], [other]]


def test_a_stranger_uses_up_nobodys_requests(client, shop):
    lists = [SegmentFactory(is_listed=True) for _number in range(sign_ups.ADDRESS_A_DAY)]
    for one in lists:
        ask(client, one, address="203.0.113.7")

    ask(client, shop)

    assert SignUp.objects.count() == sign_ups.ADDRESS_FROM_NETWORK_A_DAY + 1
    assert SignUp.objects.latest("pk").segments == [shop.pk]


def test_an_address_is_asked_so_often_a_day_from_wherever(client, shop):
    for number in range(sign_ups.ADDRESS_A_DAY + 2):
        ask(client, SegmentFactory(is_listed=True), address=f"203.0.113.{number + 1}")

    assert SignUp.objects.count() == sign_ups.ADDRESS_A_DAY


def test_one_network_asks_for_so_many_an_hour_and_is_told(client, shop, caplog):
    answers = [
        ask(client, shop, email=f"a{number}@example.com", address=f"2001:db8::{number + 1}")
        for number in range(sign_ups.PER_NETWORK + 2)
    ]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [302] * sign_ups.PER_NETWORK + [429, 429]
    assert "in an hour" in answers[-1].text
    assert f"a{sign_ups.PER_NETWORK + 1}@example.com" in answers[-1].text
    assert "TRUSTED_PROXIES" in caplog.text
    ask(client, shop, email="other@example.com", address="2001:db8:0:1::1")

    assert SignUp.objects.count() == sign_ups.PER_NETWORK + 1


def test_texts_are_counted_more_strictly(client, shop):
    for number in range(sign_ups.TEXTS_PER_NETWORK + 3):
        ask(client, shop, email="", phone=f"+44770090001{number}")

    assert SignUp.objects.count() == sign_ups.TEXTS_PER_NETWORK


def test_whoever_is_known_is_told_of_the_network_like_everybody(client, shop, bo, settings):
    for number in range(sign_ups.PER_NETWORK):
        ask(client, shop, email=f"a{number}@example.com")

    told = {
        client.post("/preferences/", {"email": one}).status_code for one in (bo.email, "x@y.de")
    }

    assert told == {302}
    told = {
        client.post("/preferences/", {"email": one}, REMOTE_ADDR="192.0.2.1").status_code
        for one in (bo.email, "x@example.de")
    }
    assert told == {429}


@pytest.mark.parametrize("phone", ["+49 30 123456", "0800 1234567", "+49 900 1234567"])
def test_a_number_that_takes_no_texts_is_refused(client, shop, phone):
    answer = ask(client, shop, email="", phone=phone)

    assert answer.status_code == 422
    assert "no text messages" in answer.text
    assert not SignUp.objects.exists()


@pytest.mark.parametrize("phone", ["+49 151 23456789", "+1 415 555 2671", "+447700900123"])
def test_a_number_that_may_take_texts_is_taken(client, shop, phone):
    assert ask(client, shop, email="", phone=phone).status_code == 302


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("path", ["/subscribe/", "/preferences/"])
def test_a_browser_without_cookies_is_told_on_a_page_of_ours(shop, path, language):
    browser = Client(enforce_csrf_checks=True, headers={"accept-language": language})

    answer = browser.post(path, form(shop))

    assert answer.status_code == 403
    assert "CSRF" not in answer.text
    assert f'<html lang="{language}">' in answer.text
    assert f'href="{path}"' in answer.text


def test_two_that_came_at_once_are_answered_once(shop, now):
    for _number in range(2):
        SignUp.objects.create(
            wish="subscribe",
            channel="email",
            address="new@example.com",
            language="en",
            segments=[shop.pk],
            asked_at=now,
        )

    assert opt_ins.answer_waiting(now=now) == 2
    assert letters().count() == 1


def test_behind_our_proxy_the_visitor_counts_and_not_what_they_claim(client, shop, settings):
    settings.TRUSTED_PROXIES = 1

    client.post(
        "/subscribe/",
        form(shop),
        REMOTE_ADDR="10.0.0.1",
        headers={"x-forwarded-for": "203.0.113.99, 192.0.2.77"},
    )

    assert SignUp.objects.get().network == "192.0.2.77/32"


def test_without_a_proxy_nobody_chooses_their_address(client, shop):
    client.post("/subscribe/", form(shop), headers={"x-forwarded-for": "203.0.113.99"})

    assert SignUp.objects.get().network == "127.0.0.1/32"


def test_the_lost_link_comes_by_mail_to_whom_we_know(client, bo, now, db):
    client.post("/preferences/", {"email": bo.email}, REMOTE_ADDR="192.0.2.1")
    client.post("/preferences/", {"email": "stranger@example.com"}, REMOTE_ADDR="192.0.2.2")
    opt_ins.answer_waiting(now=now)

    assert letters().get().contact == bo
    assert Contact.objects.count() == 1


def test_what_was_never_confirmed_is_forgotten_with_the_letter(client, shop, letter, now, settings):
    settings.KEEP_UNCONFIRMED_DAYS = 20
    later = now + timedelta(days=21)

    assert opt_ins.forget_unconfirmed(now=now + timedelta(days=19)) == 0
    assert opt_ins.forget_unconfirmed(now=later) == 1

    assert not Contact.objects.exists()
    assert not Delivery.objects.exists()
    assert not Broadcast.objects.exists()
    assert not SignUp.objects.exists()


def test_what_was_never_confirmed_may_be_kept_for_good(letter, now, settings):
    settings.KEEP_UNCONFIRMED_DAYS = 0

    assert opt_ins.forget_unconfirmed(now=now + timedelta(days=1000)) == 0
    assert Contact.objects.exists()


def test_as_long_as_a_letter_can_be_answered_nobody_is_forgotten(letter, now, settings):
    settings.KEEP_UNCONFIRMED_DAYS = 1

    assert opt_ins.forget_unconfirmed(now=now + timedelta(days=6)) == 0
    assert opt_ins.forget_unconfirmed(now=now + timedelta(days=8)) == 1


def test_who_confirmed_is_not_forgotten(client, confirm_url, now):
    client.post(confirm_url)

    assert opt_ins.forget_unconfirmed(now=now + timedelta(days=100)) == 0
    assert Contact.objects.exists()


def test_who_is_known_otherwise_is_not_forgotten(client, shop, bo, now):
    ask(client, shop, email=bo.email)
    opt_ins.answer_waiting(now=now)

    opt_ins.forget_unconfirmed(now=now + timedelta(days=100))

    assert Contact.objects.get() == bo
    assert not Subscription.objects.exists()
