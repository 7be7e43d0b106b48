"""A plan is read as the night will read it: what would fail, and what is questionable."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from audiences.models import AudienceKind, Channel, Segment
from incidents.models import Duty, LeadTime, Plan, PlanStep, Responder, Rhythm
from incidents.services import plan_checks
from messaging.models import Template
from tests.factories import (
    NOON,
    ContactFactory,
    PlanStepFactory,
    SegmentFactory,
    SurveyVersionFactory,
    TemplateFactory,
    TemplateVariantFactory,
)

MINUTE = timedelta(minutes=1)
Trigger = PlanStep.Trigger


@pytest.fixture
def good(plan: Plan, lead: User, deputy: User, template: Template, customers: Segment) -> Plan:
    """A draft with nothing to be said against it."""
    Plan.objects.filter(pk=plan.pk).update(status=Plan.Status.DRAFT)
    plan.refresh_from_db()
    step = PlanStepFactory(plan=plan, name="Over", trigger=Trigger.RESOLVED, template=template)
    step.segments.add(customers)
    for user in (lead, deputy):
        Responder.objects.create(user=user, contact=ContactFactory())
    return plan


@pytest.fixture
def operations() -> Segment:
    return SegmentFactory(slug="operations", kind=AudienceKind.INTERNAL)


def found(plan: Plan) -> dict[str, list[str]]:
    """What the check says, by level: `step.field: words`."""
    said: dict[str, list[str]] = {"error": [], "warning": []}
    for finding in plan_checks.check(plan=plan, now=NOON):
        place = f"{finding.step.name}.{finding.field}" if finding.step else finding.field
        said[finding.level].append(f"{place}: {finding.words}")
    return said


def only(plan: Plan, level: str) -> str:
    """The one thing that is said."""
    said = found(plan)
    (words,) = said[level]
    assert not said[{"error": "warning", "warning": "error"}[level]]
    return words


def change(plan: Plan, _trigger: str, /, **fields: object) -> None:
    plan.steps.filter(trigger=_trigger).update(**fields)


def test_nothing_is_said_against_a_good_plan(good: Plan) -> None:
    assert found(good) == {"error": [], "warning": []}


def test_somebody_has_to_lead(good: Plan) -> None:
    good.duties.all().delete()

    assert only(good, "error").startswith("duties: Nobody leads")


def test_a_lead_without_a_deputy_is_questionable(good: Plan, deputy: User) -> None:
    Duty.objects.get(plan=good, user=deputy).delete()

    assert only(good, "warning").startswith("duties: There is no deputy")


def test_people_on_duty_have_to_be_reachable(good: Plan) -> None:
    Responder.objects.all().delete()

    assert "add them as responders" in only(good, "warning")


def test_who_on_duty_cannot_be_reached_is_named(good: Plan, deputy: User) -> None:
    Responder.objects.get(user=deputy).delete()

    assert "cannot be called: Deniz (not among the responders" in only(good, "warning")


def test_something_is_said_at_once(good: Plan) -> None:
    good.steps.filter(trigger=Trigger.OPENED).delete()

    assert only(good, "error").startswith("steps: Nothing is said when an incident opens")


def test_a_first_notice_later_than_its_target_is_questionable(good: Plan) -> None:
    change(good, Trigger.OPENED, offset=6 * MINUTE)
    assert "may take 6 minutes; the plan's own target is 5 minutes" in only(good, "warning")

    change(good, Trigger.OPENED, offset=MINUTE, who=PlanStep.Who.APPROVAL)
    assert "may take 16 minutes" in only(good, "warning")


@pytest.mark.parametrize(
    ("trigger", "mistake"),
    [
        ("opened", "steps: No first notice tells customers"),
        ("promise_due", "steps: Customer: they are promised the next update, but no step"),
    ],
)
def test_customers_hear_whatever_the_plan_tells_others(
    trigger: str, mistake: str, good: Plan, operations: Segment
) -> None:
    for step in good.steps.exclude(trigger=Trigger.RESOLVED):
        step.segments.add(operations)
    good.steps.get(trigger=trigger).segments.set([operations])

    assert only(good, "error").startswith(mistake)


def test_a_status_with_a_step_of_its_own_is_told_to_all_who_hear_of_updates(
    good: Plan, operations: Segment
) -> None:
    change(good, Trigger.RESOLVED, trigger=Trigger.STATUS_REACHED, status="resolved")
    good.steps.get(status="resolved").segments.set([operations])

    assert only(good, "error").startswith("Over.segments: Customer: they hear of updates, but not")


def test_an_all_clear_after_a_day_is_none(good: Plan) -> None:
    change(good, Trigger.RESOLVED, offset=timedelta(days=2))
    assert "add an all-clear" in only(good, "warning")

    reached = {"trigger": Trigger.STATUS_REACHED, "status": "resolved"}
    change(good, Trigger.RESOLVED, **reached)
    assert any(one.startswith("Over.offset: What is new") for one in found(good)["error"])


def test_promised_updates_need_somebody_who_keeps_them(good: Plan) -> None:
    good.steps.filter(trigger=Trigger.PROMISE_DUE).delete()

    assert "no step speaks when nobody writes" in only(good, "error")


@pytest.mark.parametrize(
    ("trigger", "fields", "mistake"),
    [
        ("opened", {"statement": {}}, "incident opened.statement: Nobody has written yet"),
        ("update_published", {"channels": []}, "update published.channels: Say by which"),
        ("opened", {"statement": {"en": "{{ x }}", "de": "y"}}, "incident opened.statement: en: "),
        ("promise_due", {"offset": timedelta(days=30)}, "promised update due.offset: By then"),
        ("opened", {"offset": timedelta(days=300)}, "incident opened.offset: The first notice"),
        (
            "update_published",
            {"offset": timedelta(days=300)},
            "update published.offset: What is new",
        ),
        ("opened", {"offset": 31 * MINUTE}, "incident opened.offset: The first notice"),
        ("opened", {"repeat_every": MINUTE}, "incident opened.repeat_every: Repeat it every 5"),
        (
            "opened",
            {"repeat_every": 5 * MINUTE, "repeat_limit": 101},
            "incident opened.repeat_limit: Repeat it 100 times at most",
        ),
        (
            "promise_due",
            {"repeat_limit": 101},
            "promised update due.repeat_limit: Repeat it 100 times at most",
        ),
        ("opened", {"deadline": -MINUTE}, "incident opened.deadline: It must be longer"),
        ("opened", {"statement": {"en": "{% if", "de": "y"}}, "incident opened.statement: en: "),
        ("resolved", {"trigger": "starts"}, "Over.when: This only happens in a maintenance."),
        ("resolved", {"trigger": "status_reached", "status": "completed"}, "Over.status: No such"),
    ],
)
def test_what_would_fail_at_night_is_an_error(
    trigger: str, fields: dict[str, object], mistake: str, good: Plan
) -> None:
    change(good, trigger, **fields)

    errors = found(good)["error"]
    assert len(errors) == 1
    assert errors[0].startswith(mistake)


def test_a_step_tells_somebody(good: Plan) -> None:
    good.steps.get(trigger=Trigger.RESOLVED).segments.clear()

    assert only(good, "error").startswith("Over.segments: It tells nobody")


def test_a_feedback_request_needs_a_survey(good: Plan, template: Template) -> None:
    feedback = TemplateFactory(stage=Template.Stage.FEEDBACK)
    for language in ("de", "en"):
        TemplateVariantFactory(template=feedback, language=language)
    PlanStepFactory(plan=good, name="Ask", trigger=Trigger.RESOLVED, template=feedback)

    assert only(good, "error").startswith("Ask.survey: A feedback request needs a survey")


def test_a_request_about_nothing_that_happened_is_no_step(good: Plan) -> None:
    request = TemplateFactory(stage=Template.Stage.SURVEY)
    for language in ("de", "en"):
        TemplateVariantFactory(template=request, language=language)
    PlanStepFactory(plan=good, name="Ask", trigger=Trigger.RESOLVED, template=request)

    assert only(good, "error").startswith("Ask.template: It says nothing of an incident")


def test_a_survey_that_is_only_a_draft_asks_nobody(good: Plan, template: Template) -> None:
    version = SurveyVersionFactory(status="draft")
    resolved = good.steps.filter(trigger=Trigger.RESOLVED)
    resolved.update(survey=version.survey)

    assert only(good, "error").startswith("Over.survey: Its survey has no active version")


def test_a_task_needs_somebody_a_deadline_and_words(good: Plan, phone_step: PlanStep) -> None:
    said = found(good)

    assert [one.partition(":")[0] for one in said["error"]] == ["Phone the key accounts.role"]
    assert [one.partition(":")[0] for one in said["warning"]] == [
        "Phone the key accounts.deadline",
        "Phone the key accounts.instructions",
    ]


def test_a_template_without_words_is_an_error_and_a_missing_language_a_warning(
    good: Plan, template: Template
) -> None:
    template.variants.filter(language="de").delete()
    assert any("no text in: de" in one for one in found(good)["warning"])

    template.variants.all().delete()
    assert any("no public text yet" in one for one in found(good)["error"])


def test_an_sms_needs_its_text(good: Plan, template: Template) -> None:
    change(good, Trigger.RESOLVED, channels=[Channel.SMS])
    template.variants.filter(language="de").update(sms_text="")

    assert "no SMS text" in only(good, "warning")


def test_a_text_that_does_not_say_when_the_next_word_comes(good: Plan, template: Template) -> None:
    template.variants.filter(language="de").update(body="{{ update }}")
    end = TemplateFactory(slug="end")
    TemplateVariantFactory(template=end, language="de", body="Over.")
    TemplateVariantFactory(template=end, language="en", body="Over.")
    good.steps.filter(trigger=Trigger.RESOLVED).update(template=end)

    said = [words for words in found(good)["warning"] if "{{ next_update }}" in words]

    assert [words.partition(".")[0] for words in said] == [
        "incident opened",
        "update published",
        "promised update due",
    ]
    assert all("(de)" in words for words in said)


def test_a_text_message_says_when_the_next_word_comes_too(good: Plan, template: Template) -> None:
    template.variants.update(body="{{ next_update }}", sms_text="{{ update }}")
    change(good, Trigger.OPENED, channels=[Channel.SMS])

    (words,) = [words for words in found(good)["warning"] if "{{ next_update }}" in words]

    assert words.startswith("incident opened.")
    assert "(de, en)" in words


@pytest.fixture
def apart(good: Plan, operations: Segment, template: Template) -> Plan:
    """Internal readers hear every ten minutes, by steps of their own."""
    Rhythm.objects.create(plan=good, audience=AudienceKind.INTERNAL, interval=15 * MINUTE)
    for trigger in (Trigger.UPDATE_PUBLISHED, Trigger.PROMISE_DUE):
        step = PlanStepFactory(
            plan=good,
            name=f"{trigger} inside",
            trigger=trigger,
            template=template,
            statement={"en": "We look into it.", "de": "Wir prüfen es."},
        )
        step.segments.add(operations)
    return good


def test_audiences_with_rhythms_of_their_own_are_told_apart(apart: Plan) -> None:
    assert found(apart)["error"] == []


@pytest.mark.parametrize("trigger", [Trigger.UPDATE_PUBLISHED, Trigger.PROMISE_DUE])
def test_readers_with_different_rhythms_in_one_step_are_an_error(
    trigger: Trigger, apart: Plan, operations: Segment
) -> None:
    apart.steps.exclude(name__endswith="inside").get(trigger=trigger).segments.add(operations)

    words = only(apart, "error")
    assert "customer 30 minutes, internal 15 minutes" in words


def test_a_first_notice_for_both_is_but_questionable(apart: Plan, operations: Segment) -> None:
    apart.steps.get(trigger=Trigger.OPENED).segments.add(operations)

    assert "different rhythms" in only(apart, "warning")


def test_a_step_for_everybody_is_for_the_internal_readers_too(apart: Plan) -> None:
    step = apart.steps.exclude(name__endswith="inside").get(trigger=Trigger.PROMISE_DUE)
    step.segments.clear()
    PlanStep.objects.filter(pk=step.pk).update(tells_affected=True)

    words = only(apart, "error")
    assert "different rhythms" in words
    assert "all of them hear in the one for everybody" in words


def test_where_one_step_is_for_two_rhythms_it_says_who_hears_how_often(
    apart: Plan, operations: Segment
) -> None:
    step = apart.steps.exclude(name__endswith="inside").get(trigger=Trigger.PROMISE_DUE)
    step.segments.add(operations)

    assert "all of them hear in the fastest one" in only(apart, "error")


def test_an_audience_with_a_rhythm_needs_a_holding_statement_of_its_own(apart: Plan) -> None:
    apart.steps.get(name="promise_due inside").delete()

    assert "Internal has a rhythm of its own" in only(apart, "error")


def test_a_review_date_that_has_passed_is_questionable(good: Plan) -> None:
    good.review_on = NOON.date() - timedelta(days=1)
    good.save()

    assert only(good, "warning").startswith("review_on: The review date is past")


def test_a_reminder_must_come_after_the_last_word(good: Plan) -> None:
    good.remind_before = 30 * MINUTE
    good.save()

    assert only(good, "warning").startswith("remind_before: ")


def test_technical_texts_are_written_for_somebody(
    good: Plan, template: Template, operations: Segment
) -> None:
    next_word = "{% if next_update %}{{ next_update }}{% endif %}"
    for language in ("de", "en"):
        TemplateVariantFactory(
            template=template, language=language, detail="technical", body=next_word
        )
    assert "no segment of this plan reads them" in only(good, "warning")

    operations.detail = "technical"
    operations.save()
    for trigger in (Trigger.UPDATE_PUBLISHED, Trigger.PROMISE_DUE):
        good.steps.get(trigger=trigger).segments.add(operations)
    assert found(good) == {"error": [], "warning": []}


def test_a_plan_that_never_says_it_is_over_is_questionable(good: Plan) -> None:
    good.steps.get(trigger=Trigger.RESOLVED).delete()

    assert "add an all-clear" in only(good, "warning")


def test_a_template_that_could_not_be_said_at_its_moment_is_an_error(work_plan, template):
    """Before the work begins nobody has written an update."""
    template.variants.update(body="{{ update }}")
    wrong = [one for one in plan_checks.check(plan=work_plan, now=NOON) if one.is_error]
    assert {one.step.trigger for one in wrong if "{{ update }} may be" in one.words} == {"starts"}


def test_clocks_and_lead_times_that_run_backwards_are_an_error(good: Plan) -> None:
    good.postmortem_within = -MINUTE
    LeadTime.objects.create(plan=good, tier="key", notice=-MINUTE)

    assert found(good)["error"] == [
        "postmortem_within: It must be longer than zero.",
        "lead_times: A lead time must not be negative.",
    ]


def test_a_rhythm_of_months_is_an_error(good: Plan) -> None:
    good.update_interval = timedelta(days=31)

    assert found(good)["error"] == [
        "update_every: The next update must come within 30 days: promise an earlier one."
    ]


@pytest.mark.parametrize("clock", ["approval_within", "next_person_after"])
def test_patience_longer_than_the_rhythm_is_questionable(good: Plan, clock: str) -> None:
    setattr(good, clock, timedelta(days=365))

    assert only(good, "warning").startswith(f"{clock}: It may take 365 days")
