"""Following one component or one incident, from its place on the page to the message about it."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from audiences.models import Segment, SignUp
from audiences.services import topics
from incidents.models import Component, Incident
from incidents.services import following, telling
from messaging.models import Delivery
from messaging.services import links, opt_ins
from tests.factories import PlanStepFactory, SegmentFactory, SubscriptionFactory

MAIL = "new@example.com"


def follow(client: Client, topic: str, **more: object) -> None:
    given = {"follow": topic, "email": MAIL, "language": "en", **more}
    assert client.post("/subscribe/", given).status_code == 302


def confirm(client: Client, now: datetime) -> str:
    """The letter is answered; returns the link's token."""
    opt_ins.answer_waiting(now=now)
    token = links.token(Delivery.objects.get())
    client.post(f"/c/{token}/")
    return token


def heard_by(incident: Incident) -> set[str]:
    step = PlanStepFactory(tells_affected=True)
    told = telling.audience(step, incident)
    return {one.email for segment in told for one in segment.members("email")}


def test_each_component_and_a_running_incident_can_be_followed(
    client: Client, outage: Incident, checkout: Component
) -> None:
    assert f"/subscribe/?follow=component:{checkout.slug}" in client.get("/").content.decode()
    page = client.get(f"/incidents/{outage.key}/").content.decode()
    assert f"/subscribe/?follow=incident:{outage.key}" in page


def test_the_subscribe_page_has_it_chosen_and_nothing_else(
    client: Client, outage: Incident
) -> None:
    SegmentFactory(name="Newsletter of incidents", is_listed=True)

    page = client.get("/subscribe/", {"follow": f"incident:{outage.key}"}).content.decode()

    assert "Orders fail" in page
    assert page.count(" checked") == 2  # It, and the language.
    assert not Segment.objects.exclude(topic="").exists()


def test_a_german_reads_the_title_in_german(client: Client, outage: Incident) -> None:
    path = f"/subscribe/?follow=incident:{outage.key}"

    assert "Bestellungen scheitern" in client.get(path, headers={"accept-language": "de"}).text


@pytest.mark.parametrize("kind", ["component", "incident"])
def test_whoever_confirmed_hears_of_it(
    client: Client, outage: Incident, checkout: Component, now: datetime, kind: str
) -> None:
    follow(client, f"{kind}:{checkout.slug if kind == 'component' else outage.key}")
    before = heard_by(outage)
    confirm(client, now)

    assert before == set()
    assert heard_by(outage) == {MAIL}


def test_the_settings_show_it_under_its_kind(
    client: Client, outage: Incident, now: datetime
) -> None:
    follow(client, f"incident:{outage.key}")
    token = confirm(client, now)

    page = client.get(f"/p/{token}/", headers={"accept-language": "de"}).content.decode()

    assert "Bestellungen scheitern" in page
    segment = Segment.objects.get(topic=f"incident:{outage.key}")
    assert f'value="{segment.pk}:email" checked' in page


def test_lists_can_be_chosen_besides(client: Client, checkout: Component) -> None:
    shop = SegmentFactory(is_listed=True)

    follow(client, f"component:{checkout.slug}", lists=[shop.pk])

    followed = Segment.objects.get(topic=f"component:{checkout.slug}")
    assert set(SignUp.objects.get().segments) == {shop.pk, followed.pk}


@pytest.mark.parametrize("change", [{"opened_at": None}, {"mode": "drill"}, {"mode": "replay"}])
def test_drafts_drills_and_replays_cannot_be_followed(
    client: Client, outage: Incident, now: datetime, change: dict[str, object]
) -> None:
    segment = topics.segment_for(topic=f"incident:{outage.key}", name="It")
    Incident.objects.update(**change)

    answer = client.post(
        "/subscribe/", {"follow": f"incident:{outage.key}", "email": MAIL, "language": "en"}
    )
    # What somebody made up themselves is not asked about either.
    SignUp.objects.create(
        wish="subscribe", channel="email", address=MAIL, language="en", segments=[segment.pk]
    )
    opt_ins.answer_waiting(now=now)

    assert answer.status_code == 422
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "topic", ["component:none", "incident:none", "users:shop", "component", ""]
)
def test_what_does_not_exist_cannot_be_followed(client: Client, db: None, topic: str) -> None:
    answer = client.post("/subscribe/", {"follow": topic, "email": MAIL, "language": "en"})

    assert answer.status_code == 422
    assert not Segment.objects.exists()


def test_it_ends_by_itself_when_it_is_long_over(
    client: Client, outage: Incident, checkout: Component, now: datetime
) -> None:
    for topic in (topics.incident(outage.key), topics.component(checkout.slug)):
        SubscriptionFactory(segment=topics.segment_for(topic=topic, name="It"))
    Incident.objects.update(status="resolved", resolved_at=now)
    soon, late = now + timedelta(days=29), now + timedelta(days=31)

    assert following.end(now=soon) == 0
    assert following.can_be_followed(incident=outage, now=soon)
    assert following.end(now=late) == 1
    assert not following.can_be_followed(incident=outage, now=late)
    assert topics.followers(topics=[f"component:{checkout.slug}"]).get().subscriptions.exists()


def test_a_drill_tells_no_followers(outage: Incident) -> None:
    SubscriptionFactory(segment=topics.segment_for(topic=f"incident:{outage.key}", name="It"))
    outage.mode = Incident.Mode.DRILL

    assert heard_by(outage) == set()
