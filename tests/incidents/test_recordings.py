import gzip
import json
from datetime import timedelta

import pytest

from incidents import recordings
from incidents.models import Incident, TimelineEntry
from incidents.services import replay_reports, replays
from messaging.models import Broadcast
from tests.factories import NOON


def record(**changes):
    return {
        "id": "a1",
        "name": "Slow logins",
        "kind": "incident",
        "impact": "major",
        "components": ["Login"],
        "started_at": "2026-03-02T12:00:00Z",
        "updates": [
            {"at": "2026-03-02T12:40:00Z", "status": "update", "body": "Still slow."},
            {"at": "2026-03-02T12:05:00Z", "status": "investigating", "body": "Looking."},
            {"at": "2026-03-02T12:50:00+00:00", "status": "resolved", "body": "Done."},
        ],
    } | changes


def test_a_record_is_read_in_the_order_of_time():
    recording = recordings.parse(record())

    assert [words.status for words in recording.updates] == ["investigating", "", "resolved"]
    assert recording.started_at == NOON


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"updates": []}, "no updates"),
        ({"name": " "}, "no name"),
        ({"kind": "party"}, "unknown kind"),
        ({"impact": "huge"}, "unknown impact"),
        ({"updates": [{"at": "soon", "status": "investigating"}]}, "no time: 'soon'"),
        ({"updates": [{"at": "2026-03-02T12:05:00"}]}, "without its zone"),
        ({"updates": [{"at": "2026-03-02T12:05:00Z", "status": "done"}]}, "unknown status 'done'"),
        ({"updates": [{"at": "9999-12-31T23:59:00Z"}]}, "a year between"),
        ({"started_at": "0001-01-01T00:00:00Z"}, "a year between"),
        ({"updates": ["words"]}, "not an object"),
    ],
)
def test_a_bad_record_says_why(change, why):
    with pytest.raises(recordings.BadRecording, match=why):
        recordings.parse(record(**change))


def test_a_nest_too_deep_to_read_is_a_bad_line(tmp_path):
    path = tmp_path / "deep.jsonl"
    path.write_text("[" * 100_000)

    assert recordings.read(path)[1][0].startswith("line 1: no JSON")


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
def test_lines_are_read_and_bad_ones_named(tmp_path, suffix):
    path = tmp_path / f"history.{suffix}"
    content = "\n".join([json.dumps(record()), "", "{broken", json.dumps([1])]).encode()
    path.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)

    found, problems = recordings.read(path)

    assert [recording.id for recording in found] == ["a1"]
    assert problems[0].startswith("line 3: no JSON")
    assert problems[1] == "line 4: not an object"


def test_a_statuspage_answer_is_read(tmp_path):
    update = {"display_at": "2026-03-02T12:00:00.000Z", "status": "investigating", "body": "x"}
    incident = {"id": "b2", "name": "API", "impact": "minor", "incident_updates": [update]}
    work = {
        "id": "c3",
        "name": "Work",
        "impact": "maintenance",
        "scheduled_for": "2026-03-02T12:00:00.000Z",
        "components": [{"name": "Login"}],
        "incident_updates": [update | {"status": "scheduled"}],
    }
    path = tmp_path / "summary.json"
    path.write_text(json.dumps({"incidents": [incident], "scheduled_maintenances": [work]}))

    found, problems = recordings.read(path)

    assert problems == []
    assert [(recording.kind, recording.components) for recording in found] == [
        ("incident", ()),
        ("maintenance", ("Login",)),
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_file_that_cannot_be_read_is_refused_whole(tmp_path, content):
    path = tmp_path / "history.jsonl"
    if content:
        path.write_bytes(content)

    with pytest.raises(recordings.BadRecording):
        recordings.read(path)


@pytest.mark.django_db
class TestReplay:
    def play(self, **changes):
        recording = recordings.parse(record(**changes))
        released = []
        incident = replays.play(
            recording=recording, plan=None, speed=None, on_release=released.append
        )
        return recording, incident, released

    def test_every_recorded_update_is_told_once_and_silence_is_filled(self, plan, login):
        _recording, incident, released = self.play()

        said = [
            broadcast.facts["en"]["update"]
            for broadcast in Broadcast.objects.filter(thread=incident.key).order_by("pk")
        ]
        assert said == [
            "We look into Login.",
            "Looking.",
            "We look into Login.",
            "Still slow.",
            "Done.",
        ]
        assert len(released) == 5

    def test_its_times_are_those_of_the_recording(self, plan, login):
        _recording, incident, released = self.play()

        assert [entry.released_at - NOON for entry in released] == [
            timedelta(minutes=minutes) for minutes in (0, 5, 35, 40, 50)
        ]
        assert incident.timeline.filter(state=TimelineEntry.State.LATE).count() == 0

    def test_work_that_was_put_off_after_it_had_begun_goes_on(self, login, work_plan):
        said = ("scheduled", "in_progress", "scheduled", "completed")
        updates = [
            {"at": (NOON + number * timedelta(minutes=10)).isoformat(), "status": status}
            for number, status in enumerate(said)
        ]

        _recording, incident, _released = self.play(
            kind="maintenance", impact="maintenance", updates=updates
        )

        told = incident.updates.filter(origin="person").order_by("pk")
        assert [one.status for one in told] == [*said[:2], "in_progress", "completed"]

    def test_the_public_never_sees_it(self, plan, login):
        self.play()

        assert not Incident.objects.public().exists()
        login.refresh_from_db()
        assert login.status == "operational"

    def test_the_report_compares_the_plan_with_what_was_recorded(self, plan, login):
        recording, incident, _released = self.play(components=["Login", "Nobody's"])

        report = replay_reports.report(recording=recording, incident=incident)

        assert (report.recorded_updates, report.statements_of_the_plan) == (3, 2)
        assert report.promises == {"made": 4, "kept": 4, "late": 0, "broken": 0}
        assert report.longest_silence_seconds == 30 * 60
        assert report.recorded_longest_silence_seconds == 35 * 60
        assert report.unknown_components == ["Nobody's"]
        assert report.entries[0]["released_at"] == NOON.isoformat()
