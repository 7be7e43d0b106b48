"""An approval is for the people it was asked about: many more, or others by rule, void it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Approval, PlanStep
from incidents.services import approvals, incidents, readership, release
from incidents.services.approval_requests import Changed
from messaging.models import Broadcast
from tests.factories import NOON, ContactFactory, SegmentFactory

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
