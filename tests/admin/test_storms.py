"""Telling incidents together from the room, looking at who hears it first."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from audiences.models import Channel, Contact, Segment
from incidents.admin.aftermath import aftermath_of
from incidents.admin.approvals import decision_address, rewrite_address
from incidents.models import (
    Approval,
    Component,
    Incident,
    IncidentComponent,
    Plan,
    Postmortem,
    Update,
)
from incidents.services import incidents, storms, update_checks, updates
from incidents.services.updates import UpdateDraft
from messaging.models import Template
from tests.admin.desk import form_of, page
from tests.factories import (
    ComponentFactory,
    IncidentFactory,
    PlanFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
)


@pytest.fixture
def payers(opted_in: Contact) -> object:
    segment = SegmentFactory(slug="payers", name="Payers")
    SubscriptionFactory(contact=opted_in, segment=segment)
    return segment


@pytest.fixture
def opted_in(db: None) -> Contact:
    return SubscriptionFactory().contact


@pytest.fixture
def cards(checkout: Component, words: Template, payers: object, lead: object) -> Incident:
    """A newer incident, told to others by another plan; it hits the same group of services."""
    plan: Plan = PlanFactory(name="Pay", owner=lead)
    step = PlanStepFactory(plan=plan, name="Pay update", template=words)
    step.segments.add(payers)
    incident = IncidentFactory(title={"en": "Cards fail", "de": "Karten gehen nicht"}, plan=plan)
    component = ComponentFactory(slug="cards", name="Cards")
    for one in (component, checkout):
        IncidentComponent.objects.create(incident=incident, component=one)
    return incidents.open(incident=incident, by=None, now=timezone.now())


def typed(head: Incident, *others: Incident, **changes: object) -> dict[str, object]:
    form = form_of(head, status="investigating", public_text_en="They belong together.")
    return {**form, "merges": [str(one.pk) for one in others], **changes}


def merged(head: Incident, other: Incident) -> None:
    now = timezone.now()
    draft = UpdateDraft(
        status="investigating",
        public_text={"en": "They belong together."},
        next_update_due_at=now + timezone.timedelta(minutes=30),
    )
    storms.merge(incidents=[other], into=head, draft=draft, by=None, now=now)


def test_the_room_of_a_fresh_incident_points_to_an_older_one_that_hits_the_same(
    lead_client: Client, opened: Incident, cards: Incident
) -> None:
    content = lead_client.get(page("room", cards)).content.decode()

    assert "This looks like part of “Slow logins”" in content
    assert f"{page('together', opened)}?with={cards.pk}" in content


def test_the_page_says_what_each_shares_and_proposes_the_words(
    lead_client: Client, opened: Incident, cards: Incident
) -> None:
    answer = lead_client.get(page("together", opened), {"with": cards.pk})

    form = answer.context["form"]
    assert form["merges"].value() == [str(cards.pk)]
    assert dict(form.fields["merges"].choices)[str(cards.pk)] == "Cards fail (both hit: Checkout)"
    assert "“Cards fail” and “Slow logins” belong together" in form["public_text"].value()["en"]
    assert f"{page('together', cards)}?with={opened.pk}" in answer.content.decode()


def test_the_proposed_words_follow_what_is_chosen(
    lead_client: Client, opened: Incident, cards: Incident, plan: Plan
) -> None:
    portal = IncidentFactory(title={"en": "Portal is slow"}, plan=plan, opened_at=timezone.now())
    words = storms.words(into=opened, incidents=[cards])["en"]
    as_proposed = typed(opened, cards, portal, public_text_en=words, public_text_de="Eigenes.")

    answer = lead_client.post(f"{page('together', opened)}?with={cards.pk}", as_proposed)

    texts = dict(answer.context["review"].texts)
    assert "Portal is slow" in str(texts["en"])
    assert "Eigenes." in str(texts["de"])


def test_proposed_words_are_known_again_when_another_one_has_begun_meanwhile(
    lead_client: Client, opened: Incident, cards: Incident, plan: Plan
) -> None:
    form = lead_client.get(page("together", opened)).context["form"]
    proposed = {name: form[name].value() for name in ("proposed_of", "merges")}
    words = form["public_text"].value()["en"]
    portal = IncidentFactory(title={"en": "Portal is slow"}, plan=plan, opened_at=timezone.now())
    portal.affected.create(component=opened.components.get(), status="major_outage")

    answer = lead_client.post(
        page("together", opened),
        typed(opened, **proposed | {"merges": [str(portal.pk)]}, public_text_en=words),
    )

    texts = dict(answer.context["review"].texts)
    assert "Portal is slow" in str(texts["en"])
    assert "Cards" not in str(texts["en"])


@pytest.mark.parametrize("name", ["together", "apart"])
def test_where_it_is_told_cannot_be_said_to_our_own_people_alone(
    lead_client: Client, opened: Incident, cards: Incident, name: str
) -> None:
    if name == "apart":
        merged(opened, cards)
    told = opened if name == "together" else cards
    answer = lead_client.get(page(name, told))

    assert "only internal readers" not in answer.content.decode()


def test_it_is_looked_at_before_and_shows_the_readers_of_both(
    lead_client: Client, opened: Incident, cards: Incident
) -> None:
    answer = lead_client.post(page("together", opened), typed(opened, cards))

    review = answer.context["review"]
    (row,) = review.now
    assert ("Payers", 1) in [(segment.name, number) for segment, number in row.through]
    assert dict(review.reach) == {"E-mail": 3, "SMS": 1}
    assert review.joining == ["Cards fail"]
    cards.refresh_from_db()
    assert cards.merged_into is None


def test_confirmed_it_is_one_conversation(
    lead_client: Client, opened: Incident, cards: Incident, lead: object
) -> None:
    answer = lead_client.post(
        page("together", opened), typed(opened, cards, _publish="1"), follow=True
    )

    cards.refresh_from_db()
    assert cards.merged_into == opened
    assert Update.objects.get().published_by == lead
    assert "also reaches the readers of" in answer.content.decode()
    assert page("apart", cards) in answer.content.decode()


def test_at_least_one_is_chosen(lead_client: Client, opened: Incident, cards: Incident) -> None:
    answer = lead_client.post(page("together", opened), typed(opened))

    assert answer.context["form"].errors["merges"] == ["Choose at least one incident."]


def test_what_would_leave_somebody_without_a_word_is_refused_before_the_check(
    lead_client: Client, opened: Incident, cards: Incident, customers: Segment
) -> None:
    """The plan of the other one sends no text messages."""
    SubscriptionFactory(segment=customers, channel=Channel.SMS)

    answer = lead_client.post(page("together", cards), typed_for(cards, opened))

    (error,) = answer.context["form"].errors["merges"]
    assert error.startswith("1 person who hears of it now would hear nothing more")


def typed_for(head: Incident, other: Incident) -> dict[str, object]:
    first = head.components.order_by("pk").first()
    assert first
    fields = {f"component_{one.pk}": "partial_outage" for one in head.components.all()}
    return {
        **{key: value for key, value in form_of(other).items() if not key.startswith("component")},
        **fields,
        "status": "investigating",
        "merges": [str(other.pk)],
    }


def test_with_nothing_else_going_on_the_page_says_so(lead_client: Client, opened: Incident) -> None:
    content = lead_client.get(page("together", opened)).content.decode()

    assert "there is nothing to tell together" in content


def test_the_room_of_the_head_names_the_lists_of_the_others(
    lead_client: Client, opened: Incident, cards: Incident
) -> None:
    merged(opened, cards)

    rows = lead_client.get(page("room", opened)).context["rows"]

    coming = [row.audience for row in rows if row.is_coming and not row.is_task]
    assert coming
    assert all("Payers" in audience for audience in coming)


def test_its_room_says_where_it_is_told_and_offers_no_publishing(
    lead_client: Client, opened: Incident, cards: Incident
) -> None:
    merged(opened, cards)

    content = lead_client.get(page("room", cards)).content.decode()
    answer = lead_client.get(page("publish", cards), follow=True)

    assert "Publish on “Slow logins”" in content
    assert f'href="{page("publish", cards)}"' not in content
    assert "It is told within “Slow logins”" in answer.content.decode()


def test_ending_the_head_says_what_also_ends(
    lead_client: Client, opened: Incident, cards: Incident
) -> None:
    merged(opened, cards)
    proposed = lead_client.get(page("resolve", opened)).context["form"]
    fields = {field.name: str(field.value()) for field in proposed.component_fields()}
    form = form_of(opened, status="resolved", after=str(Update.objects.get().pk), **fields)

    answer = lead_client.post(page("resolve", opened), form)

    assert list(fields.values()) == ["operational"] * 2
    assert answer.context["review"].also_ends == ["Cards fail"]
    assert len(answer.context["review"].changes) == 2


def test_after_the_end_the_head_alone_has_a_post_mortem(opened: Incident, cards: Incident) -> None:
    merged(opened, cards)
    now = timezone.now()
    over = UpdateDraft(status="resolved", public_text={"en": "Over."})
    updates.publish(incident=opened, draft=over, by=None, now=now)
    cards.refresh_from_db()

    assert Postmortem.objects.get().incident == opened
    assert not aftermath_of(cards, now).may_explain


def test_told_apart_again_its_own_readers_are_shown_and_told(
    lead_client: Client, opened: Incident, cards: Incident
) -> None:
    merged(opened, cards)
    form = {**typed_for(cards, opened), "merges": []}

    review = lead_client.post(page("apart", cards), form).context["review"]
    lead_client.post(page("apart", cards), form | {"_publish": "1"})

    assert dict(review.reach) == {"E-mail": 1}
    cards.refresh_from_db()
    assert cards.merged_into is None
    assert cards.updates.count() == 1


def test_where_it_is_approved_the_second_person_sees_what_joins_and_it_can_be_written_again(
    lead_client: Client, opened: Incident, cards: Incident, plan: Plan, deputy: User
) -> None:
    plan.steps.filter(name="Update").update(who="approval")
    lead_client.post(page("together", opened), typed(opened, cards, _publish="1"))
    (approval,) = Approval.objects.all()
    deputy_client = Client()
    deputy_client.force_login(deputy)

    shown = deputy_client.get(decision_address(approval))
    deputy_client.post(decision_address(approval), {"_refuse": "1", "reason": "Too early."})
    again = lead_client.get(rewrite_address(Update.objects.get())).context["form"]

    assert shown.context["joining"] == ["Cards fail"]
    assert ("Payers", 1) in [
        (segment.name, number) for one in shown.context["sent"] for segment, number in one.through
    ]
    assert again["public_text"].value()["en"] == "They belong together."
    assert again["merges"].value() == [str(cards.pk)]


def test_what_is_told_by_itself_cannot_be_told_apart(lead_client: Client, opened: Incident) -> None:
    answer = lead_client.get(page("apart", opened))

    assert answer.status_code == 302


def test_the_dashboard_has_one_row_for_a_storm(
    lead_client: Client, opened: Incident, cards: Incident
) -> None:
    merged(opened, cards)

    answer = lead_client.get("/admin/")

    assert [row.incident for row in answer.context["active"]] == [opened]
    assert "+ 1 told with it" in answer.content.decode()


def test_the_service_refuses_what_the_page_did_not_see(opened: Incident, cards: Incident) -> None:
    merged(opened, cards)

    with pytest.raises(update_checks.ToldElsewhere):
        merged(opened, cards)


def test_before_it_opens_it_is_offered_to_be_told_within_another(
    lead_client: Client, opened: Incident, checkout: Component
) -> None:
    draft = IncidentFactory(title={"en": "Carts are empty"})
    IncidentComponent.objects.create(incident=draft, component=checkout)

    asked = lead_client.get(page("open", draft)).text
    answer = lead_client.post(page("open", draft), {"_within": opened.pk}, follow=True)

    assert "This looks like part of “Slow logins”" in asked
    draft.refresh_from_db()
    assert draft.merged_into == opened
    assert "“Carts are empty” and “Slow logins” belong together" in answer.text


def test_what_is_over_meanwhile_is_not_joined_and_it_says_so(
    lead_client: Client, opened: Incident, checkout: Component
) -> None:
    draft = IncidentFactory(title={"en": "Carts are empty"})
    Incident.objects.filter(pk=opened.pk).update(status="resolved")

    answer = lead_client.post(page("open", draft), {"_within": opened.pk})

    draft.refresh_from_db()
    assert draft.is_draft
    assert "“Slow logins” is not an open incident" in answer.text


def test_telling_together_offers_no_end(
    lead_client: Client, opened: Incident, cards: Incident
) -> None:
    form = lead_client.get(page("together", opened)).context["form"]

    assert "resolved" not in dict(form.fields["status"].choices)
