"""A night on which everything breaks at once: what one tick asks of the database."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audiences.models import Contact
from incidents.services import incidents, release
from messaging.models import Broadcast
from messaging.services import broadcasts
from tests.factories import (
    NOON,
    AccountFactory,
    IncidentFactory,
    PlanStepFactory,
    SegmentFactory,
    TemplateVariantFactory,
)
from tests.incidents.team import MINUTE

pytestmark = pytest.mark.django_db


def queries_of_a_tick(minutes):
    with CaptureQueriesContext(connection) as captured:
        assert release.release_due(now=NOON + minutes * MINUTE)
    return [query["sql"] for query in captured]


def test_a_plan_is_read_once_for_all_that_are_due(plan, lead):
    for number in range(20):
        PlanStepFactory(plan=plan, name=f"Task {number}", trigger="opened", who="task")
    for _number in range(4):
        incidents.open(incident=IncidentFactory(plan=plan), by=lead, now=NOON)
    release.release_due(now=NOON)

    asked = queries_of_a_tick(31)

    of_plan = ("incidents_rhythm", "incidents_planstep", "messaging_templatevariant")
    for table in (*of_plan, "messaging_brand", "auth_user"):
        assert len([sql for sql in asked if f'FROM "{table}"' in sql]) == 1, table
    assert not [sql for sql in asked if 'FROM "incidents_commitment"' in sql]
    # Each of the four: claimed, asked for corrections, told, its owner told of it, planned again.
    held = "incidents_incident", "incidents_incidentcomponent"
    joined = [sql for sql in asked if " JOIN " in sql for table in held if f'FROM "{table}"' in sql]
    assert not joined
    # Beside what they have in common.
    assert len(asked) <= 4 * 21 + 10


def test_who_can_be_called_is_read_once_for_all_tasks(plan, team, lead):
    account = AccountFactory(language="de")
    for one in Contact.objects.all():
        one.account, one.language = account, ""
        one.save()
    for number in range(3):
        PlanStepFactory(plan=plan, name=f"Task {number}", trigger="opened", who="task", role="lead")
    incidents.open(incident=IncidentFactory(plan=plan), by=lead, now=NOON)

    asked = queries_of_a_tick(0)

    assert len([sql for sql in asked if 'FROM "incidents_responder"' in sql]) == 1
    assert not [sql for sql in asked if 'FROM "audiences_account"' in sql]


def test_technical_words_are_made_only_where_somebody_reads_them(template):
    TemplateVariantFactory(template=template, language="de", detail="technical")
    known = dict.fromkeys(("title", "status", "update", "next_update"), "t")
    read = {}
    for kind, detail in (("customer", "public"), ("internal", "technical")):
        announcement = broadcasts.Announcement(
            title="t",
            template=template,
            facts=dict.fromkeys(("de", "en"), known),
            thread="t",
            channels=["email"],
            segments=[SegmentFactory(kind=kind, detail=detail)],
        )
        said = broadcasts.start(announcement=announcement, by=None, now=NOON).contents
        read[detail] = set(said.values_list("detail", flat=True))

    assert read == {"public": {"public"}, "technical": {"public", "technical"}}


def test_customers_do_not_wait_until_tasks_are_given_out(plan, team, lead):
    plan.steps.filter(trigger="opened").update(offset=MINUTE)
    PlanStepFactory(plan=plan, trigger="opened", who="task", role="lead")
    incident = incidents.open(incident=IncidentFactory(plan=plan), by=lead, now=NOON)

    release.release_due(now=NOON + MINUTE)

    first, *letters = Broadcast.objects.order_by("pk")
    assert first.timeline_entry.incident == incident
    assert letters
