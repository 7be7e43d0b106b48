"""Everybody who answers for it is passed over: those who watch the machine hear of it."""

import logging

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audiences.models import Channel, Suppression
from incidents.models import Drill, DutyCall, Incident
from incidents.services import handovers, ladder, release, unreached
from messaging.models import Broadcast
from messaging.services import vitals
from tests.factories import NOON, IncidentFactory, UpdateFactory
from tests.incidents.team import MINUTE, responder, run, said

pytestmark = pytest.mark.django_db


def found(minutes=20):
    return unreached.everywhere(now=NOON + minutes * MINUTE)


def findings():
    return [one for one in vitals.findings() if one.what == "nobody"]


@pytest.fixture
def alone(incident, plan, second):
    """A promise is due in ten minutes, and nobody has an address."""
    said(incident)
    run(20, 20, releases=False)
    return incident


def test_it_says_which_incident_and_why_nobody_can_be_called(alone, lead, owner):
    (one,) = found()

    assert one.matter.incident == alone
    assert one.problems[lead] == one.problems[owner] == "no_responder"
    assert len(one.problems) == 4


def test_the_alarm_counts_it_and_names_nobody(alone, client, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON + 20 * MINUTE)

    (finding,) = findings()
    answer = client.get("/health/sending")

    assert "no one can be called about: 1" in finding.words
    assert answer.status_code == 503
    assert "Lea" not in answer.text
    assert "klartext_nobody_to_call 1.0" in client.get("/metrics").text


def test_who_was_called_and_did_not_react_was_not_passed_over(incident, team, owner, caplog):
    """The owner, who comes last, cannot be called."""
    owner.responder.delete()
    said(incident)

    run(18, 45, releases=False)

    assert DutyCall.objects.filter(user=owner, problem="no_responder").exists()
    assert found(45) == []
    assert "Nobody can be called" not in caplog.text


def test_all_is_well_while_somebody_can_be_called(incident, team, client, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON + 20 * MINUTE)
    said(incident)
    run(20, 20, releases=False)

    assert findings() == []
    assert "klartext_nobody_to_call 0.0" in client.get("/metrics").text


def test_the_log_says_it_once_and_by_ids_alone(incident, second, caplog):
    said(incident)

    with caplog.at_level(logging.ERROR):
        run(18, 25, releases=False)

    (said_so,) = [one.getMessage() for one in caplog.records if "can be called" in one.msg]
    promise = incident.promises.get(settled_at=None)
    assert f"promise {promise.pk} of incident {incident.pk}" in said_so
    assert "Lea" not in said_so


def test_whoever_can_be_called_again_is_and_the_alarm_ends(alone, deputy):
    responder(deputy, 1)

    run(22, 22, releases=False)

    call = DutyCall.objects.order_by("pk").last()
    assert (call.user, call.problem) == (deputy, "")
    alone.refresh_from_db()
    assert alone.lead == deputy
    assert found(22) == []


def test_after_them_the_others_are_asked_anew(alone, deputy, second):
    responder(deputy, 1)
    run(22, 26, releases=False)
    responder(second, 2)
    run(27, 27, releases=False)

    reached = DutyCall.objects.filter(problem="").order_by("pk")
    assert [(one.user, one.called_at) for one in reached] == [
        (deputy, NOON + 22 * MINUTE),
        (second, NOON + 27 * MINUTE),
    ]


def test_no_address_that_may_be_written_to_is_none(alone, deputy):
    contact = responder(deputy, 1).contact
    for channel, address in ((Channel.EMAIL, contact.email), (Channel.SMS, contact.phone)):
        Suppression.objects.create(channel=channel, address=address, reason="stop", created_at=NOON)

    run(22, 22, releases=False)

    (one,) = found(22)
    assert one.problems[deputy] == "suppressed"


def test_an_update_ends_it(alone):
    said(alone, minutes=22)

    assert found(22) == []


def test_whoever_takes_the_lead_by_hand_ends_it(alone, second):
    handovers.hand_over(incident=alone, to=second, by=second, now=NOON + 22 * MINUTE)

    assert found(22) == []


def test_what_the_plan_says_in_their_place_does_not_end_it(alone):
    release.release_due(now=NOON + 30 * MINUTE)

    assert alone.updates.last().origin == "plan"
    assert [one.matter.incident for one in found(35)] == [alone]


@pytest.mark.parametrize("mode", ["drill", "replay"])
def test_an_exercise_raises_no_alarm(incident, second, mode, caplog, lead):
    Incident.objects.update(mode=mode)
    incident.refresh_from_db()
    Drill.objects.create(incident=incident, held_by=lead)
    said(incident)

    with caplog.at_level(logging.ERROR):
        run(18, 25, releases=False)

    assert found() == []
    assert not caplog.records
    seen = unreached.of(incident=incident, now=NOON + 25 * MINUTE)
    assert (seen is not None) == (mode == "drill")


def test_each_incident_is_named_once(alone):
    alone.timeline.update(state="waiting", note="BadTemplate: no {{ x }} here")
    run(21, 21, releases=False)

    assert {one.about for one in DutyCall.objects.all()} == {"promise", "entry"}
    assert [one.matter.about for one in found(21)] == ["promise"]


def opened(plan, lead):
    incident = IncidentFactory(plan=plan, lead=lead, opened_at=NOON, impact="major")
    UpdateFactory(
        incident=incident,
        published_at=NOON,
        next_update_due_at=NOON + 30 * MINUTE,
    )


def cost(act):
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def test_looking_is_cheap_where_nothing_is_open_and_never_grows(plan, lead, deputy, second):
    User.objects.filter(pk=deputy.pk).update(is_superuser=False)
    responder(deputy, 5)
    assert cost(found) == 1
    opened(plan, lead)
    opened(plan, lead)
    ladder.climb(now=NOON + 20 * MINUTE)
    few, climbed = cost(found), cost(lambda: ladder.climb(now=NOON + 21 * MINUTE))
    for _incident in range(4):
        opened(plan, lead)
    ladder.climb(now=NOON + 20 * MINUTE)

    assert len(found()) == 6
    assert cost(found) == few
    assert cost(lambda: ladder.climb(now=NOON + 21 * MINUTE)) == climbed
    assert not Broadcast.objects.filter(purpose="duty").exists()
