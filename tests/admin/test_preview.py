"""Before anything goes out one sees exactly who gets what, when, in which words, at what price."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.models import Contact, Segment, Subscription
from incidents.models import Drill, Incident, Plan, PlanStep, Responder
from incidents.models import Rhythm as RhythmModel
from incidents.services import drills, incidents, release
from incidents.services.drills import Script
from messaging.models import Broadcast, Delivery, TemplateVariant
from messaging.services import recipients
from tests.admin.desk import UNCHANGED, form_of, page
from tests.factories import ContactFactory, PlanStepFactory, SegmentFactory, SubscriptionFactory

MINUTE = timedelta(minutes=1)


def readers(row, number: int = 0) -> str:
    """The address of the list behind a number of a row."""
    return str(row.reached[number][2])


def rows_of(answer):
    return {row.step.name: row for row in answer.context["opening"].rows}


def test_each_letter_is_shown_word_by_word_and_goes_out_like_that(
    lead_client: Client, draft: Incident, lead: User
) -> None:
    answer = lead_client.get(page("open", draft))

    shown = rows_of(answer)["First notice"].letters
    assert [(one.content.language, one.content.detail, one.sms) for one in shown] == [
        ("de", "public", "Wir sind dran."),
        ("en", "public", "We are on it."),
    ]
    assert "Word by word: “First notice”" in answer.content.decode()
    incidents.open(incident=draft, by=lead, now=timezone.now())
    release.release_due(now=timezone.now())
    sent = Broadcast.objects.earliest("pk").contents.order_by("language")
    assert [one.text for one in sent] == [one.content.text for one in shown]


def test_a_letter_that_nobody_would_get_is_not_shown(
    lead_client: Client, draft: Incident, plan: Plan
) -> None:
    template = plan.steps.get(name="First notice").template
    inside = {
        "template": template,
        "detail": "technical",
        "body": "Inside{% if technical %}: {{ technical }}{% endif %}",
    }
    TemplateVariant.objects.create(**inside, language="en", subject="Inside")

    shown = rows_of(lead_client.get(page("open", draft)))["First notice"].letters

    assert {one.content.detail for one in shown} == {"public"}
    # Ana reads German by e-mail; Bo reads English, by e-mail and by SMS.
    assert [one.people for one in shown] == [1, 2]


def test_an_updates_letters_say_what_it_makes_of_the_incident(
    lead_client: Client, opened: Incident
) -> None:
    TemplateVariant.objects.update(subject="[{{ status }}] {{ effect }}", body="{{ update }}")
    typed = form_of(opened, effect_en="Cards are refused.", effect_de="Karten scheitern.")

    review = lead_client.post(page("publish", opened), typed).context["review"]

    subjects = {one.content.language: one.content.subject for one in review.now[0].letters}
    assert subjects["en"] == "[identified] Cards are refused."


def test_a_click_leads_to_everybody_who_is_told_and_why(
    lead_client: Client,
    draft: Incident,
    plan: Plan,
    customers: Segment,
    ana: Contact,
    bo: Contact,
) -> None:
    Incident.objects.update(impact_override="critical")
    Plan.objects.update(minimum_impact="critical")
    gone = SubscriptionFactory(segment=customers, state=Subscription.State.UNSUBSCRIBED).contact
    row = rows_of(lead_client.get(page("open", draft)))["First notice"]

    told = lead_client.get(readers(row))
    left = lead_client.get(f"{readers(row)}&fate=unsubscribed")

    assert [one.reader.contact for one in told.context["readers"]] == [ana, bo]
    assert {one.segment for one in told.context["readers"]} == {customers}
    assert [(tab.name, tab.number) for tab in told.context["tabs"]] == [
        ("E-mail", 2),
        ("E-mail, unsubscribed", 1),
        ("SMS", 1),
    ]
    assert bo.email in told.content.decode()
    assert [one.reader.contact for one in left.context["readers"]] == [gone]
    assert "has left" in left.content.decode()


def test_words_for_some_readers_are_listed_for_them_alone(
    lead_client: Client, opened: Incident, plan: Plan, ana: Contact
) -> None:
    team = SubscriptionFactory(contact=ana, segment=SegmentFactory(kind="internal")).segment
    plan.steps.get(name="Update").segments.add(team)
    typed = form_of(opened, **UNCHANGED, audience="internal", status="investigating")

    review = lead_client.post(page("publish", opened), typed).context["review"]
    told = lead_client.get(readers(review.now[0]))

    assert [one.segment for one in told.context["readers"]] == [team]
    assert "audience=internal" in readers(review.now[0])


def test_words_that_no_step_tells_are_said_to_be_unheard(
    lead_client: Client, opened: Incident, plan: Plan, customers: Segment
) -> None:
    plan.steps.get(name="Update").segments.add(customers)
    typed = form_of(opened, **UNCHANGED, audience="internal", status="investigating")

    words = lead_client.post(page("publish", opened), typed).content.decode()

    assert "nobody would hear it" in words
    assert "on the status page only" not in words


def test_a_long_list_comes_in_pages(
    lead_client: Client, draft: Incident, customers: Segment
) -> None:
    for person in ContactFactory.create_batch(60):
        SubscriptionFactory(contact=person, segment=customers)
    row = rows_of(lead_client.get(page("open", draft)))["First notice"]

    first = lead_client.get(readers(row))
    rest = lead_client.get(readers(row).partition("?")[0] + first.context["next"])

    listed = [one.reader.contact.pk for one in first.context["readers"]]
    listed += [one.reader.contact.pk for one in rest.context["readers"]]
    assert len(listed) == len(set(listed)) == 62
    assert rest.context["next"] == ""


@pytest.mark.parametrize("query", ["after=x", "at=now", "at=2026-01-01", "channel=fax&fate=x"])
def test_a_mangled_address_of_a_list_still_lists(
    lead_client: Client, draft: Incident, plan: Plan, query: str
) -> None:
    step = plan.steps.get(name="First notice")

    answer = lead_client.get(page("readers", draft, step.pk) + f"?{query}")

    assert len(answer.context["readers"]) == 2


def test_only_steps_of_its_plan_have_a_list(lead_client: Client, draft: Incident) -> None:
    stranger = PlanStepFactory(plan__kind="maintenance")

    assert lead_client.get(page("readers", draft, stranger.pk)).status_code == 404


def test_who_may_not_see_people_sees_numbers_only(
    client: Client, draft: Incident, deputy: User
) -> None:
    may = Permission.objects.filter(codename__in=["view_incident", "change_incident"])
    deputy.is_superuser = False
    deputy.save()
    deputy.user_permissions.set(may)
    client.force_login(deputy)

    answer = client.get(page("open", draft))

    row = rows_of(answer)["First notice"]
    assert readers(row) not in answer.content.decode()
    assert client.get(readers(row)).status_code == 403


def test_what_texts_cost_is_said_with_its_parts_and_for_all_of_it(
    lead_client: Client, draft: Incident
) -> None:
    words = lead_client.get(page("open", draft)).content.decode()

    assert "SMS: about 0.08 EUR (1 charged part)" in words
    assert "The text messages cost about 0.08 EUR." in words
    # An update is not written yet.
    assert "SMS: at least 0.08 EUR, depending on the text" in words


def test_what_makes_texts_dear_is_named_before_they_go_out(
    lead_client: Client, draft: Incident
) -> None:
    TemplateVariant.objects.update(sms_text="Login 😀")

    words = lead_client.get(page("open", draft)).content.decode()

    assert "let less than half as much fit into a message: 😀" in words


def test_where_no_price_is_set_it_says_so(lead_client: Client, draft: Incident, settings) -> None:
    settings.SMS_PRICE_PER_SEGMENT = Decimal(0)

    words = lead_client.get(page("open", draft)).content.decode()

    assert "SMS: 1 charged part; no price is set (SMS_PRICE_PER_SEGMENT)" in words
    assert "cost about" not in words


def test_where_a_template_has_no_text_for_sms_it_says_so(
    lead_client: Client, draft: Incident
) -> None:
    TemplateVariant.objects.update(sms_text="")

    assert "The template has no SMS text" in lead_client.get(page("open", draft)).content.decode()


def test_each_audience_hears_in_its_own_rhythm(
    lead_client: Client, draft: Incident, plan: Plan
) -> None:
    team = SegmentFactory(kind="internal")
    RhythmModel(plan=plan, audience="internal", interval=timedelta(minutes=20)).save_base(
        force_insert=True
    )
    step = PlanStepFactory(
        plan=plan,
        name="Inside",
        trigger=PlanStep.Trigger.PROMISE_DUE,
        template=plan.steps.get(name="Holding").template,
        statement={"en": "Still at it."},
        repeat_limit=3,
    )
    step.segments.add(team)

    rows = rows_of(lead_client.get(page("open", draft)))

    opened_at = rows["First notice"].due_at
    inside = [rows["Inside"].due_at, *rows["Inside"].again]
    assert [at - opened_at for at in inside][:2] == [20 * MINUTE, 30 * MINUTE]
    assert [at - opened_at for at in (rows["Holding"].due_at, *rows["Holding"].again)] == [
        30 * MINUTE,
        60 * MINUTE,
    ]


@pytest.fixture
def drill(plan: Plan, lead: User) -> Drill:
    contact = ContactFactory(email="lea@corp.example", phone="+4917139200099")
    people = [Responder.objects.create(user=lead, contact=contact)]
    plan.steps.filter(who=PlanStep.Who.AUTOMATIC).update(tells_affected=True)
    return drills.prepare(script=Script(plan=plan, title={"en": "Fire"}, people=people), by=lead)


def test_a_drill_shows_who_takes_part_and_when_by_the_clock_on_the_wall(
    lead_client: Client, drill: Drill, lead: User
) -> None:
    before = Subscription.objects.count(), Segment.objects.count()

    answer = lead_client.get(page("open", drill.incident))
    told = lead_client.get(readers(rows_of(answer)["First notice"]))

    rows = rows_of(answer)
    assert dict(rows["First notice"].counts) == {"email": 1, "sms": 1}
    assert "Nobody would be told" not in answer.content.decode()
    assert [one.reader.address for one in told.context["readers"]] == ["lea@corp.example"]
    # Twelve times as fast: half an hour of the story passes in two and a half minutes.
    assert rows["Holding"].due_at - rows["First notice"].due_at == 2.5 * MINUTE
    assert before == (Subscription.objects.count(), Segment.objects.count())
    drill.incident.refresh_from_db()
    assert drill.incident.is_draft
    assert drill.incident.has_real_time


def test_the_lists_are_whom_the_freeze_then_writes_to(
    lead_client: Client, draft: Incident, lead: User
) -> None:
    row = rows_of(lead_client.get(page("open", draft)))["First notice"]
    listed = {one.reader.contact for one in lead_client.get(readers(row)).context["readers"]}

    incidents.open(incident=draft, by=lead, now=timezone.now())
    release.release_due(now=timezone.now())
    first = Broadcast.objects.earliest("pk")
    recipients.freeze(broadcast_id=first.pk, now=timezone.now())

    told = Delivery.objects.filter(broadcast=first, channel="email")
    assert listed == {one.contact for one in told.select_related("contact")}


def test_looking_at_a_list_needs_no_opened_incident_but_a_plan(
    lead_client: Client, draft: Incident, plan: Plan
) -> None:
    step = plan.steps.get(name="First notice")
    Plan.objects.update(status=Plan.Status.DRAFT)

    address = reverse("admin:incidents_incident_readers", args=[draft.pk, step.pk])

    assert lead_client.get(address).status_code == 404
