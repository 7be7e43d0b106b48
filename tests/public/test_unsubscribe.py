from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from audiences.models import Channel, Segment, Subscription
from messaging.models import Broadcast, Delivery
from messaging.services import links
from tests.factories import BroadcastFactory, DeliveryFactory, SegmentFactory, SubscriptionFactory

UNKNOWN = "/u/AAAAAAAAAAAAAAAAAAAAAA/"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def lists(bo) -> SimpleNamespace:
    """Bo hears `shop` as a subscriber, `english` by its rule, and follows `other` besides."""
    lists = SimpleNamespace(
        shop=SegmentFactory(name="Shop customers"),
        english=SegmentFactory(name="English readers", rule={"field": "language", "equals": "en"}),
        german=SegmentFactory(name="German readers", rule={"field": "language", "equals": "de"}),
        other=SegmentFactory(name="Other matters"),
    )
    for channel in Channel.values:
        SubscriptionFactory(contact=bo, segment=lists.shop, channel=channel)
    SubscriptionFactory(contact=bo, segment=lists.other)
    return lists


@pytest.fixture
def delivery(lists, bo) -> Delivery:
    broadcast = BroadcastFactory()
    broadcast.segments.set([lists.shop, lists.english, lists.german])
    return DeliveryFactory(broadcast=broadcast, contact=bo, segment=lists.shop)


@pytest.fixture
def url(delivery) -> str:
    return f"/u/{links.token(delivery)}/"


@pytest.fixture
def feedback_url(bo) -> str:
    bo.feedback_consent_at = timezone.now()
    bo.save()
    broadcast = BroadcastFactory(purpose=Broadcast.Purpose.FEEDBACK)
    return f"/u/{links.token(DeliveryFactory(broadcast=broadcast, contact=bo))}/"


def heard(contact, channel="email"):
    return {
        segment.name for segment in Segment.objects.all() if contact in segment.members(channel)
    }


def one_click_forms():
    body = (
        "--x\r\nContent-Disposition: form-data; name=List-Unsubscribe\r\n\r\nOne-Click\r\n--x--\r\n"
    )
    return [
        pytest.param("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", id="form"),
        pytest.param("multipart/form-data; boundary=x", body, id="multipart"),
    ]


def test_looking_says_who_hears_what_and_changes_nothing(client, url, rows):
    before = rows()

    page = client.get(url).content.decode()
    client.head(url)

    assert rows() == before
    assert "bo@example.org" in page
    assert "Shop customers" in page
    assert "English readers" in page
    assert "German readers" not in page
    assert "Other matters" not in page


@pytest.mark.parametrize(("content_type", "body"), one_click_forms())
def test_one_click_leaves_the_lists_of_the_message_on_its_channel(url, bo, content_type, body):
    bare = Client(enforce_csrf_checks=True)

    response = bare.post(url, body, content_type=content_type)

    assert response.status_code == 200
    assert not response.cookies
    assert heard(bo) == {"Other matters"}
    assert heard(bo, "sms") == {"Shop customers"}


def test_the_evidence_says_how_and_when_without_secrets(client, url, bo, lists, delivery):
    client.post(url, ONE_CLICK)

    for segment in (lists.shop, lists.english):
        row = Subscription.objects.get(contact=bo, segment=segment, channel="email")
        assert row.source == Subscription.Source.LINK
        assert row.evidence.startswith(f"One-click (RFC 8058), message {delivery.pk}, 20")
        assert links.token(delivery) not in row.evidence


def test_leaving_again_keeps_the_first_evidence(client, url, rows):
    client.post(url, ONE_CLICK)
    before = rows()

    response = client.post(url, ONE_CLICK)

    assert response.status_code == 200
    assert rows() == before


def test_the_list_it_came_through_stays_left_when_its_rule_changes(client, url, bo, delivery):
    rule = {"field": "account.tier", "equals": "key"}
    came_through = SegmentFactory(name="Key accounts", rule=rule)
    Delivery.objects.update(segment=came_through)

    client.post(url, ONE_CLICK)
    Segment.objects.filter(pk=came_through.pk).update(rule={"field": "language", "equals": "en"})

    assert "Key accounts" not in heard(bo)


def test_the_button_leaves_and_offers_the_way_back(client, url, bo):
    page = client.post(url, {"choice": "these"}).content.decode()

    assert heard(bo) == {"Other matters"}
    assert 'value="again"' in page

    client.post(url, {"choice": "again"})

    assert heard(bo) == {"Other matters", "Shop customers", "English readers"}


def test_the_way_back_leads_to_nothing_one_has_not_left(client, url, bo, lists):
    row = SubscriptionFactory(contact=bo, segment=lists.german, state="unsubscribed")

    client.post(url, {"choice": "these"})
    client.post(url, {"choice": "again"})

    row.refresh_from_db()
    assert row.state == Subscription.State.UNSUBSCRIBED
    assert "German readers" not in heard(bo)


def test_stop_everything_reaches_every_list_and_channel_and_the_feedback(client, url, bo):
    bo.feedback_consent_at = timezone.now()
    bo.save()

    client.post(url, {"choice": "everything"})

    bo.refresh_from_db()
    assert heard(bo) == heard(bo, "sms") == set()
    assert bo.feedback_consent_at is None


def test_taking_everything_back_restores_that_and_no_earlier_leaving(client, url, bo, lists):
    client.post(url, {"choice": "these"})
    client.post(url, {"choice": "everything"})
    done = client.post(url, {"choice": "everything-again"})

    assert "You are subscribed again to everything you had just stopped." in done.content.decode()
    assert heard(bo) == {"Other matters"}
    assert heard(bo, "sms") == {"Shop customers"}


def test_nobody_grants_themselves_technical_detail_for_good(client, url, bo, delivery):
    rule = {"field": "language", "equals": "en"}
    team = SegmentFactory(name="Team", kind="internal", detail="technical", rule=rule)
    delivery.broadcast.segments.add(team)

    client.post(url, {"choice": "these"})
    assert "Team" not in heard(bo)
    client.post(url, {"choice": "again"})
    assert "Team" in heard(bo)

    bo.language = "de"
    bo.save()
    assert "Team" not in heard(bo)


def test_leaving_feedback_requests_keeps_the_notices(client, feedback_url, lists, bo):
    before = heard(bo)

    client.post(feedback_url, ONE_CLICK)

    bo.refresh_from_db()
    assert bo.feedback_consent_at is None
    assert heard(bo) == before

    client.post(feedback_url, {"choice": "again"})

    bo.refresh_from_db()
    assert bo.feedback_consent_at is not None


@pytest.mark.parametrize("path", [UNKNOWN, "/u/nonsense/", "/u/%C3%A4%C3%B6/", f"/u/{'A' * 300}/"])
def test_an_unknown_link_tells_nothing(client, delivery, rows, path):
    before = rows()

    answers = [client.post(path, ONE_CLICK), client.post(path, {"choice": "everything"})]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert client.get(path).status_code == 404
    assert "example.org" not in answers[0].content.decode()
    assert rows() == before


@pytest.mark.parametrize("data", [{}, {"choice": "nonsense"}, {"List-Unsubscribe": "no"}])
def test_a_post_that_asks_for_nothing_changes_nothing(client, url, rows, data):
    before = rows()

    assert client.post(url, data).status_code == 200
    assert rows() == before


def test_a_link_works_when_its_delivery_has_been_cleared_away(client, url, bo):
    Delivery.objects.all().delete()

    page = client.get(url).content.decode()
    client.post(url, ONE_CLICK)

    assert "Shop customers" in page
    assert heard(bo) == {"Other matters"}


def test_an_erased_contact_has_nothing_left_to_leave(client, url, bo):
    bo.delete()

    assert client.get(url).status_code == 404
    for choice in ("these", "everything", "again", "everything-again"):
        assert client.post(url, {"choice": choice}).status_code == 200
    assert not Subscription.objects.exists()


def test_the_page_is_private(client, url):
    response = client.get(url)

    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("browser", "spoken"),
    [("en", "en"), ("de-CH,de;q=0.9", "de"), ("fr,en;q=0.5", "de"), ("", "de")],
)
def test_the_page_speaks_the_messages_language_unless_the_browser_prefers_another(
    client, url, browser, spoken
):
    Delivery.objects.update(language="de")

    page = client.get(url, headers={"accept-language": browser}).content.decode()

    assert f'<html lang="{spoken}">' in page


def test_the_switch_beats_browser_and_message(client, url):
    Delivery.objects.update(language="de")
    client.post("/language/", {"language": "en", "next": url})

    page = client.get(url, headers={"accept-language": "de"}).content.decode()

    assert '<html lang="en">' in page
