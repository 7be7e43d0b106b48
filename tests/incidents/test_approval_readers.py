"""An approval is for the people it was asked about: many more, or others by rule, void it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.models import Approval, PlanStep
from incidents.services import (
    approval_requests,
    approvals,
    entry_approvals,
    incidents,
    readership,
    release,
)
from incidents.services.approval_requests import Changed, Message
from messaging.models import Broadcast
from tests.factories import (
    NOON,
    ContactFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
    SurveyVersionFactory,
    TemplateFactory,
)
from tests.incidents.putting_right import Purpose, at, correct, correction_template, go_out, say

MINUTE = timedelta(minutes=1)
GERMAN = {"field": "language", "equals": "de"}


@pytest.fixture
def asked(plan, draft, lead, customers):
    """The first notice waits for a second person: for Ana, Bo and ten Germans."""
    ContactFactory.create_batch(10, language="de")
    customers.rule = {"in_segment": SegmentFactory(slug="germans", rule=GERMAN).slug}
    customers.save()
    plan.steps.filter(trigger="opened").update(who=PlanStep.Who.APPROVAL)
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    release.release_due(now=NOON)
    approvals.settle(now=NOON)
    return incident


def approve(by):
    open_one = Approval.objects.get(decision="open")
    approvals.approve(approval=open_one, by=by, now=NOON + MINUTE)


def join(segment):
    for contact in ContactFactory.create_batch(15, language="de"):
        SubscriptionFactory(contact=contact, segment=segment)


def sent(incident):
    return Broadcast.objects.filter(thread=incident.key).count()


@pytest.mark.django_db
def test_many_more_readers_void_it_once_and_it_is_asked_about_anew(asked, deputy):
    before = Approval.objects.get().people
    ContactFactory.create_batch(11, language="de")

    with pytest.raises(Changed, match="12 before, 23 now"):
        approve(deputy)
    unsaid = sent(asked)
    approve(deputy)

    assert (before, unsaid, sent(asked)) == (12, 0, 1)
    assert Approval.objects.get(decision="approved").people == 23


@pytest.mark.django_db
def test_somebody_who_leaves_or_joins_voids_nothing(asked, deputy, ana):
    ana.subscriptions.update(state="unsubscribed")
    ContactFactory.create_batch(10, language="de")

    approve(deputy)

    assert sent(asked) == 1


@pytest.mark.django_db
def test_another_rule_voids_it_also_where_a_rule_only_refers_to_it(asked, deputy, customers):
    germans = customers._meta.model.objects.get(slug="germans")
    germans.rule = {"any": [GERMAN, {"field": "language", "equals": "en"}]}
    germans.save()

    with pytest.raises(Changed, match="rule of a segment"):
        approve(deputy)

    assert sent(asked) == 0


@pytest.mark.parametrize(
    ("then", "now", "has_grown"),
    [(5, 15, False), (5, 16, True), (1000, 1100, False), (1000, 1101, True), (1000, 3, False)],
)
def test_it_has_grown_by_more_than_a_tenth_and_more_than_ten(then, now, has_grown):
    assert readership.has_grown(then=then, now=now) is has_grown


@pytest.mark.django_db
def test_people_are_counted_by_one_query_each_of_them_once(customers, ana):
    both = (customers, SegmentFactory(rule=GERMAN))
    ana.language = "de"
    ana.save()
    told = [(both, ["email", "sms"]), (both[:1], ["email"])]

    with CaptureQueriesContext(connection) as captured:
        people = readership.count(told)

    assert people == 2
    assert len([one for one in captured if "COUNT(*)" in one["sql"]]) == 1


@pytest.mark.django_db
def test_a_correction_goes_to_who_got_the_wrong_text_however_many_join(
    incident, plan, customers, lead, deputy
):
    correction_template()
    go_out(0)
    wrong = say(incident)
    plan.steps.filter(trigger="update_published").update(who=PlanStep.Who.APPROVAL)
    asked = Approval.objects.get(update=correct(wrong, by=lead))
    join(customers)

    approvals.approve(approval=asked, by=deputy, now=at(11))

    assert asked.people is None
    assert Broadcast.objects.filter(purpose=Purpose.CORRECTION).count() == 1


@pytest.mark.django_db
def test_feedback_is_asked_of_who_heard_it_however_many_join(
    plan, draft, lead, deputy, customers, client
):
    plan.steps.filter(trigger="opened").delete()
    request = PlanStepFactory(
        plan=plan,
        trigger=PlanStep.Trigger.OPENED,
        statement={"en": "Asked."},
        who=PlanStep.Who.APPROVAL,
        template=TemplateFactory(stage="feedback"),
        survey=SurveyVersionFactory().survey,
    )
    request.segments.add(customers)
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    asked = entry_approvals.ask(entry=incident.timeline.get(step=request), at=NOON)
    notice = Message(plan.steps.get(trigger="update_published"), [customers], ())
    feedback = Message(request, [SegmentFactory(rule=GERMAN)], ())
    join(customers)
    client.force_login(deputy)

    page = client.get(reverse("admin:incidents_approval_decide", args=[asked.pk])).text

    assert asked.people is None
    assert entry_approvals.changes(asked, at=NOON) == ""
    assert "when it was asked for" not in page
    both = approval_requests.about(messages=[notice, feedback], words="", times="")
    assert both.people == 17
