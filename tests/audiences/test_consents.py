"""What was agreed to stays on record, with the words that were in view."""

import pytest

from audiences import wordings
from audiences.models import ConsentEvent, Purpose, Subscription
from audiences.services import consents, enrolment, sign_ups, subscriptions
from audiences.services.consents import Proof
from tests.factories import NOON, SegmentFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
FILE = Proof(source=Subscription.Source.IMPORT, evidence="a file")
LINK = Proof.by_link("a link", "192.0.2.1")


def said(contact):
    events = contact.consents.order_by("pk")
    return [
        (event.kind, event.purpose, event.segment and event.segment.name, event.channel)
        for event in events
    ]


def test_leaving_and_coming_back_are_two_rows(bo):
    shop = SegmentFactory(name="Shop")
    SubscriptionFactory(contact=bo, segment=shop)
    about = {"contact": bo, "segments": [shop], "channel": "email", "proof": LINK, "now": NOON}

    assert subscriptions.leave(**about) == [shop]
    assert subscriptions.leave(**about) == []
    subscriptions.rejoin(**about)

    assert said(bo) == [
        ("withdrawn", "notice", "Shop", "email"),
        ("given", "notice", "Shop", "email"),
    ]
    event = bo.consents.first()
    assert (event.at, event.network_address, event.evidence) == (NOON, "192.0.2.1", "a link")


def test_the_list_stays_named_as_it_was_when_it_is_called_otherwise(bo):
    shop = SegmentFactory(name="Shop", slug="shop")
    enrolment.enrol(segment=shop, channel="email", contacts=[bo.pk], proof=FILE, now=NOON)
    shop.name, shop.slug = "Shop and offers", "offers"
    shop.save()
    subscriptions.leave(contact=bo, segments=[shop], channel="email", proof=LINK, now=NOON)
    consents.record(contact=bo, kind="given", proof=LINK, now=NOON, channel="email")

    names = bo.consents.order_by("pk").values_list("kind", "list_name")
    assert list(names) == [
        ("given", "Shop (shop)"),
        ("withdrawn", "Shop and offers (offers)"),
        ("given", ""),
    ]


def test_feedback_consent_and_its_record_go_together(bo):
    subscriptions.withdraw_feedback_consent(contact=bo, proof=LINK, now=NOON)
    assert said(bo) == []

    subscriptions.give_feedback_consent(contact=bo, proof=LINK, now=NOON)
    subscriptions.give_feedback_consent(contact=bo, proof=LINK, now=NOON)
    subscriptions.withdraw_feedback_consent(contact=bo, proof=LINK, now=NOON)

    assert said(bo) == [("given", "feedback", None, ""), ("withdrawn", "feedback", None, "")]


def test_stopping_everything_and_taking_it_back_includes_the_feedback(bo):
    SubscriptionFactory(contact=bo, segment=SegmentFactory(name="Shop"))
    subscriptions.give_feedback_consent(contact=bo, proof=LINK, now=NOON)

    subscriptions.leave_all(contact=bo, proof=LINK, now=NOON)
    assert bo.feedback_consent_at is None
    subscriptions.rejoin_all(contact=bo, proof=LINK, now=NOON)

    assert bo.feedback_consent_at == NOON
    assert bo.subscriptions.get().state == Subscription.State.CONFIRMED


def test_a_request_is_no_consent(bo):
    shop = SegmentFactory(name="Shop")

    subscriptions.request(contact=bo, segments=[shop], channel="email", proof=LINK, now=NOON)

    assert said(bo) == [("requested", "notice", "Shop", "email")]
    assert not shop.members("email").exists()


def test_an_import_leaves_a_row_for_whoever_joined_by_it(ana, bo):
    shop = SegmentFactory(name="Shop")
    SubscriptionFactory(contact=ana, segment=shop, state="unsubscribed")

    for _time in range(2):
        enrolment.enrol(
            segment=shop, channel="email", contacts=[ana.pk, bo.pk], proof=FILE, now=NOON
        )

    assert said(ana) == []
    assert said(bo) == [("given", "notice", "Shop", "email")]
    assert bo.consents.get().source == "import"


@pytest.mark.parametrize("purpose", Purpose.values)
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_wording_can_be_shown(purpose, language, settings):
    settings.ORGANISATION_NAME = "Beispiel AG"

    assert "Beispiel AG" in wordings.text(wordings.current(purpose), language)


def test_the_version_fits_its_column():
    longest = ConsentEvent._meta.get_field("text_version").max_length

    assert all(len(version) <= longest for version in wordings.versions())


def test_a_wording_of_elsewhere_has_no_text():
    assert wordings.text("paper form 12", "en") == wordings.text("", "de") == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (None, ""),
    ],
)
def test_one_visitor_is_one_ipv4_address_or_one_ipv6_network(address, network):
    assert sign_ups.network_of(address) == network
