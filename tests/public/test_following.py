"""Following one component or one incident, from its place on the page to the message about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from audiences.models import ComponentUse, Segment, SignUp
from audiences.services import topics
from incidents.models import Component, ComponentGroup, Incident
from incidents.services import following, telling
from messaging.models import Delivery
from messaging.services import links, opt_ins
from tests.factories import (
    AccountFactory,
    ComponentFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.pages import form_on

MAIL = "new@example.com"


def follow(client: Client, topic: str | list[str], **more: object) -> None:
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


def test_nobody_follows_what_has_the_name_of_something_that_is_gone(
    lead_client: Client, db: None
) -> None:
    component = ComponentFactory(slug="archive")
    followed = topics.segment_for(topic="component:archive", name="Archive")
    SubscriptionFactory(segment=followed)
    ComponentUse.objects.create(account=AccountFactory(), component=component.slug)
    url = reverse("admin:incidents_component_delete", args=[component.pk])

    asked = lead_client.get(url).content.decode()
    lead_client.post(url, {"post": "yes"})

    assert "Followers: 1" in " ".join(asked.split())
    assert not Component.objects.exists()
    assert not followed.subscriptions.exists()
    assert not ComponentUse.objects.exists()


def test_a_service_goes_with_its_followers_or_stays(
    lead_client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    component = ComponentFactory(slug="archive")
    page = reverse("admin:incidents_component_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [component.pk], "post": "yes"}

    def fail(*, components: Sequence[str]) -> None:
        raise OSError("the database has gone")

    monkeypatch.setattr(following, "forget", fail)
    with pytest.raises(OSError, match="gone"):
        lead_client.post(page, chosen)

    assert Component.objects.get() == component


def test_a_drill_tells_no_followers(outage: Incident) -> None:
    SubscriptionFactory(segment=topics.segment_for(topic=f"incident:{outage.key}", name="It"))
    outage.mode = Incident.Mode.DRILL

    assert heard_by(outage) == set()


def test_the_plain_page_offers_every_component_once(client: Client, checkout: Component) -> None:
    follow_list = topics.segment_for(topic=f"component:{checkout.slug}", name="Checkout")
    Segment.objects.filter(pk=follow_list.pk).update(is_listed=True)

    page = client.get("/subscribe/").content.decode()

    assert page.count(f'name="follow" value="component:{checkout.slug}"') == 1
    assert page.count(">Checkout") == 1
    assert " checked" not in page.partition("component:")[2].partition("</label>")[0]


def test_a_component_can_be_chosen_on_the_plain_page(
    client: Client, outage: Incident, checkout: Component, now: datetime
) -> None:
    follow(client, f"component:{checkout.slug}")
    confirm(client, now)

    assert heard_by(outage) == {MAIL}


def test_so_many_components_as_there_are_can_be_chosen_at_once(client: Client, db: None) -> None:
    wanted = [ComponentFactory(slug=f"part-{number}").slug for number in range(14)]

    follow(client, [f"component:{slug}" for slug in wanted])

    assert len(SignUp.objects.get().segments) == 14


def test_many_components_stand_folded_in_their_groups(client: Client, db: None) -> None:
    shipping = ComponentGroup.objects.create(name="Shipping")
    for number in range(12):
        ComponentFactory(slug=f"part-{number}", group=shipping if number < 6 else None)

    page = client.get("/subscribe/").content.decode()

    assert page.count("<details") == 2
    assert "Single services: Shipping" in page
    assert "<details open" not in page


def test_the_settings_offer_components_that_nobody_has_followed(
    client: Client, outage: Incident, checkout: Component, now: datetime
) -> None:
    follow(client, f"incident:{outage.key}")
    token = confirm(client, now)
    following.keep_up(now=now)
    segment = Segment.objects.get(topic=f"component:{checkout.slug}")
    given = {
        **{"language": "en", "email_from": "0", "sms_from": "0", "choice": "save"},
        "place": f"{segment.pk}:email",
    }

    page = client.get(f"/p/{token}/").content.decode()
    client.post(f"/p/{token}/", {**form_on(page), **given})

    assert page.count("Checkout") == 1
    assert f'value="{segment.pk}:email">' in page
    assert [one.email for one in segment.members("email")] == [MAIL]


def test_a_component_that_is_gone_is_offered_to_nobody_new(
    client: Client, outage: Incident, checkout: Component, now: datetime
) -> None:
    follow(client, f"incident:{outage.key}")
    token = confirm(client, now)
    spare = ComponentFactory(name="Spare")
    following.keep_up(now=now)
    there = "Spare" in client.get(f"/p/{token}/").content.decode()

    spare.delete()

    assert there
    assert "Spare" not in client.get(f"/p/{token}/").content.decode()


def test_nobody_follows_until_somebody_does(
    outage: Incident, checkout: Component, now: datetime
) -> None:
    following.keep_up(now=now)

    assert not topics.followers(topics=[f"component:{checkout.slug}"]).exists()


def test_what_followers_know_it_by_is_its_name_of_today(
    client: Client, outage: Incident, checkout: Component, now: datetime
) -> None:
    for topic in (f"component:{checkout.slug}", f"incident:{outage.key}"):
        topics.follow(subjects=[topics.subject(topic=topic, now=now)])
    Component.objects.update(name="Checkout 2")
    Incident.objects.update(title={"en": "Orders hang", "de": "Bestellungen hängen"})

    following.keep_up(now=now)

    names = {one.topic.partition(":")[0]: one for one in Segment.objects.exclude(topic="")}
    assert (names["component"].name, names["component"].spoken_name) == ("Checkout 2",) * 2
    assert names["incident"].name == "Orders hang"
    assert names["incident"].public_name["de"] == "Bestellungen hängen"


def test_whoever_renames_a_component_renames_its_lists(
    lead_client: Client, checkout: Component, now: datetime
) -> None:
    topics.users_of(component=checkout.slug, name="Uses Checkout")
    typed = {"name": "Checkout 2", "position": "0", "status": "operational"}

    page = lead_client.post(reverse("admin:incidents_component_change", args=[checkout.pk]), typed)

    assert page.status_code == 302
    assert dict(Segment.objects.exclude(topic="").values_list("topic", "name")) == {
        f"component:{checkout.slug}": "Checkout 2",
        f"users:{checkout.slug}": "Uses Checkout 2",
    }
