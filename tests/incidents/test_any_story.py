"""Whatever happens in whatever order: what is promised, told and planned stays in order."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from incidents.models import (
    Approval,
    Impact,
    Incident,
    IncidentComponent,
    PlanStep,
    TimelineEntry,
)
from incidents.models.status import FINAL
from incidents.services import approvals, incidents, release, updates
from incidents.services.updates import UpdateDraft
from tests.factories import NOON, IncidentFactory, SegmentFactory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
ACTS = ["publish", "identify", "internal", "resolve", "approve", "refuse", "tick", "late_tick"]

scripts = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        # Minutes that pass before it; now and then a night.
        st.sampled_from([0, 1, 5, 14, 29, 30, 31, 60, 600]),
        st.sampled_from([10, 30, 60]),
    ),
    min_size=1,
    max_size=10,
)


class Stage:
    """One story on the real services, looked at after each act."""

    def __init__(self, incident, lead, deputy):
        self.incident, self.lead, self.deputy = incident, lead, deputy
        self.now = NOON

    def play(self, script):
        for act, minutes, promise in script:
            self.now += minutes * MINUTE
            getattr(self, act)(promise)
            self.check()

    def publish(self, promise, *, status="investigating", audience=""):
        self.incident.refresh_from_db()
        status = self.incident.status if audience else status
        due_at = None if status in FINAL else self.now + promise * MINUTE
        draft = UpdateDraft(
            status=status,
            public_text={"en": f"At {self.now}"},
            next_update_due_at=due_at,
            audience=audience,
        )
        said = updates.publish(incident=self.incident, draft=draft, by=self.lead, now=self.now)
        if said.is_published and not audience and due_at:
            assert [one.due_at for one in self.owed().filter(audience="")] == [due_at]

    def identify(self, promise):
        self.publish(promise, status="identified")

    def internal(self, promise):
        before = set(self.owed().exclude(audience="internal"))
        self.publish(promise, audience="internal")
        if not self.is_over:
            assert set(self.owed().exclude(audience="internal")) == before

    def resolve(self, _promise):
        self.publish(0, status="resolved")

    def approve(self, _promise):
        for request in Approval.objects.undecided():
            try:
                approvals.approve(approval=request, by=self.deputy, now=self.now)
            except (approvals.Changed, approvals.AlreadyDecided):
                continue

    def refuse(self, _promise):
        for request in Approval.objects.undecided()[:1]:
            try:
                approvals.refuse(approval=request, by=self.deputy, reason="No", now=self.now)
            except approvals.AlreadyDecided:
                continue

    def tick(self, _promise):
        for _number in range(2):
            self.work(self.now)
        due = TimelineEntry.objects.due(self.now)
        assert not due.exists()

    def late_tick(self, promise):
        """A worker that stood still for a while goes on with the time it read before."""
        self.work(max(self.now - promise * MINUTE, NOON))

    def work(self, now):
        for _number in range(3):
            approvals.settle(now=now)
            release.release_due(now=now)

    def owed(self):
        return self.incident.promises.filter(settled_at=None)

    @property
    def is_over(self):
        return Incident.objects.get(pk=self.incident.pk).is_over

    def check(self):
        audiences = Counter(self.owed().values_list("audience", flat=True))
        assert max(audiences.values(), default=0) <= 1
        told = self.incident.timeline.filter(broadcast__isnull=False, update__isnull=False)
        times = Counter(told.values_list("step", "update"))
        assert max(times.values(), default=0) <= 1
        if self.is_over:
            assert not self.owed().exists()
            coming = self.incident.timeline.planned()
            assert not coming.filter(step__trigger=PlanStep.Trigger.PROMISE_DUE).exists()
        unsaid = self.incident.updates.exclude(state="published")
        assert not self.incident.timeline.filter(update__in=unsaid).exists()


@pytest.mark.slow(reason="plays random stories on the real services")
@pytest.mark.parametrize("publishes", [True, False])
@pytest.mark.parametrize("asks", [(), ("update_published",), ("update_published", "promise_due")])
def test_any_story_stays_in_order(plan, login, lead, deputy, caplog, asks, publishes):
    plan.rhythms.bulk_create(
        [plan.rhythms.model(plan=plan, audience="internal", interval=15 * MINUTE)]
    )
    operations = SegmentFactory(kind="internal")
    for step in plan.steps.all():
        step.segments.add(operations)
    plan.steps.filter(trigger__in=asks).update(who=PlanStep.Who.APPROVAL)
    plan.publishes_unapproved = Impact.values if publishes else []
    plan.save()

    @settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
    @given(scripts)
    @example([("publish", 1, 10), ("late_tick", 14, 60), ("tick", 0, 10), ("resolve", 1, 10)])
    @example([("resolve", 1, 10), ("internal", 1, 10), ("publish", 5, 30), ("tick", 31, 10)])
    def play(script):
        with transaction.atomic():
            incident = IncidentFactory()
            IncidentComponent.objects.create(incident=incident, component=login)
            opened = incidents.open(incident=incident, by=lead, now=NOON)
            Stage(opened, lead, deputy).play(script)
            transaction.set_rollback(True)

    play()
    assert [record.message for record in caplog.records if record.exc_info] == []
