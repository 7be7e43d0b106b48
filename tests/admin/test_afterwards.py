"""After the end, in the admin: the post-mortem, what was promised, what a plan has to learn."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import (
    Commitment,
    CommitmentMove,
    Incident,
    Plan,
    PlanReview,
    PlanStep,
    Postmortem,
)
from incidents.services import commitments, reviews, updates
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast, Template
from tests.admin.desk import page
from tests.factories import PlanFactory, PlanStepFactory, UserFactory
from tests.pages import form_on

INDEX = "/admin/"
State = Postmortem.State
WORDS = {
    "summary_en": "A certificate had expired.",
    "summary_de": "Ein Zertifikat war abgelaufen.",
    "body_en": "## Cause\n\nA **certificate**.",
    "body_de": "",
}


def at(name: str, instance: Postmortem | Commitment | PlanReview) -> str:
    model = instance._meta.label_lower.replace(".", "_")
    return reverse(f"admin:{model}_{name}", args=[instance.pk])


def write(client: Client, postmortem: Postmortem) -> HttpResponse:
    url = at("change", postmortem)
    typed = {name: [text] for name, text in WORDS.items()}
    answer: HttpResponse = client.post(url, form_on(client.get(url).content.decode()) | typed)
    return answer


@pytest.fixture
def over(opened: Incident, plan: Plan, words: Template, lead: User) -> Incident:
    both = {"plan": plan, "template": words, "tells_affected": True, "channels": ["email", "sms"]}
    Trigger = PlanStep.Trigger
    PlanStepFactory(**both, trigger=Trigger.STATUS_REACHED, status="postmortem")
    said = {"en": "Promised: {{ commitment }} {{ outcome }}"}
    PlanStepFactory(**both, trigger=Trigger.DELIVERED, statement=said)
    draft = UpdateDraft(status="resolved", public_text={"en": "It works again."})
    updates.publish(incident=opened, draft=draft, by=lead, now=timezone.now())
    opened.refresh_from_db()
    return opened


@pytest.fixture
def owed(over: Incident) -> Postmortem:
    return Postmortem.objects.get()


@pytest.fixture
def credit(over: Incident, lead: User) -> Commitment:
    return commitments.make(
        incident=over,
        text={"en": "A **credit** of 10 %.", "de": "Eine Gutschrift."},
        owner=lead,
        due_on=timezone.localdate() - timedelta(days=1),
        now=timezone.now() - timedelta(days=1),
    )


def test_the_room_shows_what_is_owed(lead_client: Client, credit: Commitment) -> None:
    shown = lead_client.get(page("room", credit.incident)).content.decode()

    assert at("change", Postmortem.objects.get()) in shown
    assert "in 2\xa0days" in shown or "in 3\xa0days" in shown
    assert "A **credit**" in shown
    assert "customers do not know yet" in shown


def test_the_first_page_lists_what_is_owed_but_not_what_was_practised(
    lead_client: Client, owed: Postmortem, credit: Commitment
) -> None:
    shown = lead_client.get(INDEX).context
    assert [task.is_late for task in shown["postmortems"]] == [False]
    assert [task.is_late for task in shown["commitments"]] == [True]

    Incident.objects.update(mode=Incident.Mode.DRILL)

    shown = lead_client.get(INDEX).context
    assert (shown["postmortems"], shown["commitments"]) == ([], [])


def test_the_skeleton_is_filled_reviewed_and_published_by_a_second_person(
    lead_client: Client, owed: Postmortem, deputy: User
) -> None:
    assert "[…" in lead_client.get(at("change", owed)).content.decode()
    write(lead_client, owed)
    lead_client.post(at("submit", owed), {"reviewer": deputy.pk})
    owed.refresh_from_db()
    assert (owed.state, owed.body["en"]) == (State.REVIEW, WORDS["body_en"])
    assert "a second person publishes it" in lead_client.get(at("publish", owed)).content.decode()

    second = Client()
    second.force_login(deputy)
    looked_at = second.get(at("publish", owed))
    assert looked_at.context["reach"] == [("E-mail", 2), ("SMS", 1)]
    words = looked_at.content.decode()
    assert "A <strong>certificate</strong>." in words
    assert "There is no text in: de." in words
    second.post(at("publish", owed))

    owed.refresh_from_db()
    assert (owed.state, owed.published_by) == (State.PUBLISHED, deputy)
    shown = second.get(at("change", owed)).content.decode()
    assert "published in time" in shown
    assert 'name="body_en"' not in shown
    assert 'name="_save"' not in shown


def test_what_was_sent_back_says_why(
    lead_client: Client, owed: Postmortem, deputy: User, lead: User
) -> None:
    write(lead_client, owed)
    lead_client.post(at("submit", owed), {"reviewer": deputy.pk})

    lead_client.post(at("send_back", owed), {"reason": "Too technical"})

    shown = lead_client.get(at("change", owed)).content.decode()
    assert "Too technical" in shown
    assert 'name="body_en"' in shown


def test_an_author_is_not_offered_as_reviewer(lead_client: Client, owed: Postmortem) -> None:
    form = lead_client.get(at("submit", owed)).context["form"]

    assert owed.author not in form.fields["reviewer"].queryset


def test_one_that_nobody_promised_is_begun_from_the_room(
    lead_client: Client, over: Incident
) -> None:
    Postmortem.objects.all().delete()
    add = reverse("admin:incidents_postmortem_add")
    assert add in lead_client.get(page("room", over)).content.decode()

    answer = lead_client.post(add, {"incident": over.pk})

    begun = Postmortem.objects.get()
    assert answer.url == at("change", begun)
    assert "[…" in begun.body["en"]


def test_who_may_not_speak_to_customers_writes_but_does_not_publish(owed: Postmortem) -> None:
    writer = UserFactory(is_staff=True)
    writer.user_permissions.set(
        Permission.objects.filter(codename__in=["view_postmortem", "change_postmortem"])
    )
    client = Client()
    client.force_login(writer)

    assert write(client, owed).status_code == 302
    assert client.post(at("publish", owed)).status_code == 403
    owed.refresh_from_db()
    assert (owed.state, owed.author) == (State.DRAFT, writer)


def test_a_commitment_is_made_shown_moved_and_delivered(
    lead_client: Client, over: Incident, lead: User, client: Client
) -> None:
    add = reverse("admin:incidents_commitment_add")
    form = {"incident": over.pk, "text_en": "A credit", "text_de": "", "owner": lead.pk}
    lead_client.post(add, {**form, "due_on": "2030-01-31"})
    made = Commitment.objects.get()
    public = f"/incidents/{over.key}/"
    assert "A credit" not in client.get(public).content.decode()

    lead_client.post(at("tell", made))
    assert "A credit" in client.get(public + "?now").content.decode()
    lead_client.post(at("move", made), {"due_on": "2030-02-28", "reason": "Accounting"})
    assert CommitmentMove.objects.get().reason == "Accounting"
    assert "Accounting" in lead_client.get(at("change", made)).content.decode()

    outcome = {"outcome_en": "It is *booked*.", "outcome_de": ""}
    checked = lead_client.post(at("deliver", made), outcome)
    assert checked.context["delivery"].reach == [("E-mail", 2), ("SMS", 1)]
    assert "Promised: A credit It is <em>booked</em>." in checked.content.decode()
    made.refresh_from_db()
    assert made.delivered_at is None
    lead_client.post(at("deliver", made), {**outcome, "_deliver": "1"})

    made.refresh_from_db()
    assert made.delivered_by == lead
    assert made.outcome == {"en": "It is *booked*."}
    assert at("deliver", made) not in lead_client.get(at("change", made)).content.decode()


def test_delivering_twice_tells_once_and_says_so(
    lead_client: Client, credit: Commitment, lead: User
) -> None:
    outcome = {"outcome_en": "Done.", "outcome_de": "", "_deliver": "1"}
    lead_client.post(at("deliver", credit), outcome)

    again = lead_client.post(at("deliver", credit), outcome)

    assert "It was delivered already" in again.content.decode()
    assert credit.incident.timeline.filter(commitment=credit).count() == 1
    assert not Broadcast.objects.filter(timeline_entry__commitment=credit).exists()


@pytest.fixture
def review(plan: Plan, lead: User) -> PlanReview:
    Plan.objects.update(review_on=timezone.localdate() - timedelta(days=1))
    reviews.open_due(now=timezone.now())
    return PlanReview.objects.get()


def test_a_review_is_closed_with_the_version_that_answers_it(
    lead_client: Client, review: PlanReview, plan: Plan
) -> None:
    assert [task.is_late for task in lead_client.get(INDEX).context["reviews"]] == [True]
    Plan.objects.update(status=Plan.Status.RETIRED)
    newer = PlanFactory(slug=plan.slug, version=2, name="Shop", changes="New numbers")
    assert "Shop v2" in lead_client.get(at("change", review)).content.decode()
    asked = lead_client.get(at("close", review)).content.decode()
    assert "Shop v2 · New numbers" in asked
    assert "in 90 days" in asked

    lead_client.post(at("close", review), {"findings": "Old numbers", "answer": newer.pk})

    review.refresh_from_db()
    assert (review.findings, review.answered_by) == ("Old numbers", newer)
    assert lead_client.get(INDEX).context["reviews"] == []
    assert at("close", review) not in lead_client.get(at("change", review)).content.decode()


def test_a_review_asks_for_findings_and_an_answer(
    lead_client: Client, review: PlanReview, plan: Plan
) -> None:
    refused = lead_client.post(at("close", review), {"findings": "", "answer": ""})
    assert set(refused.context["form"].errors) == {"findings", "answer"}

    lead_client.post(at("close", review), {"findings": "All is well", "answer": "nothing"})

    review.refresh_from_db()
    plan.refresh_from_db()
    assert review.answered_by is None
    assert plan.review_on == timezone.localdate() + timedelta(days=90)


def test_a_plan_lists_its_reviews(lead_client: Client, review: PlanReview, plan: Plan) -> None:
    shown = lead_client.get(reverse("admin:incidents_plan_change", args=[plan.pk])).content.decode()

    assert at("change", review) in shown


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_commitment_is_for_a_day_one_can_reckon_with(
    lead_client: Client, credit: Commitment, lead: User, day: str
) -> None:
    form = {"incident": credit.incident_id, "text_en": "More", "text_de": "", "owner": lead.pk}

    added = lead_client.post(reverse("admin:incidents_commitment_add"), {**form, "due_on": day})
    moved = lead_client.post(at("move", credit), {"due_on": day, "reason": "Later"})

    assert "year between" in str(added.context["adminform"].form.errors["due_on"])
    assert "year between" in str(moved.context["form"].errors["due_on"])
    assert not CommitmentMove.objects.exists()
