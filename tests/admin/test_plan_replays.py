"""Recorded incidents are played against a plan on a page; nobody is told."""

import gzip
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from incidents.admin import plan_replays
from incidents.models import Incident, Plan, PlanStep
from incidents.services import rehearsals
from messaging.models import Broadcast
from tests.factories import NOON, PlanFactory, PlanStepFactory


def place(plan: Plan) -> str:
    return reverse("admin:incidents_plan_replay", args=[plan.pk])


def record(name: str = "Slow logins", **changes: object) -> dict[str, object]:
    """Silent for an hour; the plan speaks in between."""
    said = ((0, "investigating"), (60, "update"), (65, "resolved"))
    updates = [
        {"at": (NOON + timedelta(minutes=at)).isoformat(), "status": status, "body": "Words."}
        for at, status in said
    ]
    given = {"id": name, "name": name, "kind": "incident", "impact": "minor", "updates": updates}
    return given | changes


def file(*records: object, name: str = "history.jsonl") -> SimpleUploadedFile:
    content = "\n".join(json.dumps(one) for one in records).encode()
    return SimpleUploadedFile(name, gzip.compress(content) if name.endswith("gz") else content)


@pytest.fixture
def slower(plan: Plan) -> Plan:
    """A draft that lets customers wait for 45 minutes."""
    draft = PlanFactory(
        slug=plan.slug,
        name=plan.name,
        version=2,
        status=Plan.Status.DRAFT,
        update_interval=timedelta(minutes=45),
    )
    for step in plan.steps.exclude(template=None):
        fields = ("name", "trigger", "template", "statement", "channels", "tells_affected")
        copied = {name: getattr(step, name) for name in fields}
        PlanStepFactory(plan=draft, repeat_limit=step.repeat_limit, **copied)
    return draft


def test_it_says_what_the_plan_would_have_said_and_tells_nobody(
    lead_client: Client, plan: Plan
) -> None:
    answer = lead_client.post(place(plan), {"recorded": [file(record())]})

    lines = {one.name: one.value for one in answer.context["lines"]}
    assert lines["Recordings played"] == "1"
    assert lines["Longest silence, median, as recorded"] == "1 hour"
    assert lines["Longest silence, median, with the plan"] == "30 minutes"
    [story] = answer.context["stories"]
    said = [(one.words, one.at - NOON) for one in story.told]
    assert said[0] == ("First notice", timedelta(0))
    assert ("Holding", timedelta(minutes=30)) in said
    assert not Incident.objects.exists()
    assert not Broadcast.objects.exists()


@pytest.mark.slow(reason="rehearses a recording twice")
def test_another_version_stands_beside_it_with_what_differs(
    lead_client: Client, plan: Plan, slower: Plan
) -> None:
    typed = {"recorded": [file(record())], "other": slower.pk}

    answer = lead_client.post(place(plan), typed)

    lines = {one.name: (one.value, one.other) for one in answer.context["lines"]}
    assert lines["Longest silence of all"] == ("30 minutes", "45 minutes")
    [story] = answer.context["stories"]
    changes = [(one.kind, one.words, one.at - NOON) for one in story.changes]
    assert ("moved", "Holding", timedelta(minutes=30)) in changes
    assert "What is different from Shop v2" in answer.content.decode()


def test_people_are_counted_on_demand(lead_client: Client, plan: Plan, draft: Incident) -> None:
    typed = {"recorded": [file(record(components=["Checkout"]))], "counts_people": "on"}

    answer = lead_client.post(place(plan), typed)

    lines = {one.name: one.value for one in answer.context["lines"]}
    assert float(lines["Messages per person"]) > 1
    [story] = answer.context["stories"]
    assert "2 × E-mail" in story.told[0].note


@pytest.mark.parametrize("name", ["status.json", "status.json.gz"])
def test_what_a_status_page_answers_is_read_too(lead_client: Client, plan: Plan, name: str) -> None:
    update = {"display_at": NOON.isoformat(), "status": "resolved", "body": "Over."}
    page = {"incidents": [{"id": "b", "name": "API", "incident_updates": [update]}]}

    answer = lead_client.post(place(plan), {"recorded": [file(page, name=name)]})

    assert [one.recording.name for one in answer.context["stories"]] == ["API"]


def test_what_cannot_be_played_is_named_and_the_rest_is(lead_client: Client, plan: Plan) -> None:
    work = record("Work", kind="maintenance", updates=[{"at": NOON.isoformat()}])
    endless = record("Endless", updates=[{"at": NOON.isoformat(), "body": "x"}] * 201)
    files = [file(record(), {"name": "No updates"}, work), file(endless, name="more.jsonl")]

    answer = lead_client.post(place(plan), {"recorded": files})

    assert answer.context["problems"] == [
        "history.jsonl, line 2: no updates",
        "“Work” is no incident.",
        "“Endless” has too many updates for a page.",
    ]
    assert len(answer.context["stories"]) == 1


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        ([], "This field is required."),
        ([SimpleUploadedFile("a.jsonl", b"\xff\xfe\x00")], "is not UTF-8"),
        ([SimpleUploadedFile("a.jsonl.gz", b"not packed")], "cannot be read"),
        ([SimpleUploadedFile("a.jsonl", b"\n")], "There is nothing to play."),
        ([SimpleUploadedFile(f"{n}.jsonl", b"{}") for n in range(6)], "Choose five files at most."),
    ],
)
def test_what_is_no_recording_is_refused_with_the_reason(
    lead_client: Client, plan: Plan, upload: list[SimpleUploadedFile], said: str
) -> None:
    answer = lead_client.post(place(plan), {"recorded": upload})

    assert said in answer.content.decode()
    assert "stories" not in answer.context


def test_a_packed_file_is_not_unpacked_without_end(
    lead_client: Client, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_replays, "MAX_BYTES", 1000)
    bomb = SimpleUploadedFile("bomb.jsonl.gz", gzip.compress(b" " * 100_000))

    answer = lead_client.post(place(plan), {"recorded": [bomb]})

    assert "unpacked: split it" in answer.content.decode()


@pytest.mark.slow(reason="rehearses two recordings")
def test_what_does_not_fit_into_the_time_is_said(
    lead_client: Client, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsals.time, "monotonic", iter(range(0, 1000, 5)).__next__)

    answer = lead_client.post(place(plan), {"recorded": [file(*map(record, "abcd"))]})

    assert [one.recording.name for one in answer.context["stories"]] == ["a", "b"]
    assert answer.context["problems"] == [
        "There was no time for 2 more recordings: play them by themselves."
    ]


def test_the_other_versions_and_what_is_in_force_are_offered(
    lead_client: Client, plan: Plan, slower: Plan
) -> None:
    other = PlanFactory(name="Another")
    PlanFactory(kind="maintenance")
    PlanFactory(status=Plan.Status.DRAFT)

    form = lead_client.get(place(slower)).context["form"]

    assert list(form.fields["other"].queryset) == [other, plan]


def test_whoever_may_not_see_plans_plays_none(client: Client, plan: Plan, deputy: User) -> None:
    User.objects.filter(pk=deputy.pk).update(is_superuser=False)
    deputy.user_permissions.set(Permission.objects.filter(codename="view_incident"))
    client.force_login(User.objects.get(pk=deputy.pk))

    assert client.get(place(plan)).status_code == 403
    assert PlanStep.objects.exists()
