"""An import that is killed, cancelled or met by others on the way gives the same in the end."""

from dataclasses import replace
from pathlib import Path

import pytest

from audiences.models import ConsentEvent, Contact, ContactImport, Segment, Subscription
from audiences.services import (
    aliases,
    contacts,
    erased,
    import_files,
    import_leases,
    import_pairs,
    import_steps,
    import_turns,
    imports,
    uploads,
)
from audiences.services.intake import batches
from audiences.services.intake.columns import InvalidMapping
from tests.factories import NOON, ContactFactory, SegmentFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
State = ContactImport.State


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_steps, "BATCH", 2)


@pytest.fixture
def customers() -> Segment:
    return SegmentFactory(slug="customers")


@pytest.fixture
def uploaded(tmp_path: Path, customers: Segment) -> ContactImport:
    path = tmp_path / "people.csv"
    rows = [f"p{number}@example.com,Person {number}" for number in range(5)]
    path.write_text("\n".join(["email,name", *rows, "nobody,", "p0@example.com,Later"]))
    terms = uploads.Terms(segment=customers, consent_text="Contract of 2024.")
    return uploads.take(source=path, name="people.csv", terms=terms, by=None, now=NOON)


@pytest.fixture
def running(uploaded: ContactImport) -> ContactImport:
    imports.look(contact_import=uploaded, now=NOON)
    imports.start(contact_import=uploaded, by=None)
    return uploaded


def finish(one: ContactImport) -> ContactImport:
    import_turns.carry_on(pk=one.pk, now=NOON)
    one.refresh_from_db()
    return one


def test_the_preview_says_what_will_be_and_writes_nothing(uploaded: ContactImport) -> None:
    ContactFactory(email="p1@example.com", name="Person 1")
    ContactFactory(email="p2@example.com", name="Other")

    imports.look(contact_import=uploaded, now=NOON)

    counts = uploaded.preview["counts"]
    said = ("rows", "created", "updated", "unchanged", "duplicates", "refused", "subscribed")
    assert [counts[name] for name in said] == [7, 3, 1, 1, 1, 1, 5]
    assert [row["fate"] for row in uploaded.preview["sample"]] == ["created", "unchanged"]
    assert uploaded.preview["report"]["refused"][0]["line"] == 7
    assert (uploaded.state, Contact.objects.count()) == (State.PREVIEWED, 2)
    assert not Subscription.objects.exists()


def test_the_import_does_what_the_preview_said_and_forgets_the_file(
    running: ContactImport,
) -> None:
    said = running.preview["counts"]

    finish(running)

    assert (running.state, running.report["counts"]) == (State.DONE, said)
    assert Contact.objects.get(email="p0@example.com").name == "Later"
    assert running.report["refused"][0]["cells"] == ["nobody", ""]


def test_every_new_subscription_has_its_consent(running: ContactImport) -> None:
    left = SubscriptionFactory(
        contact=ContactFactory(email="p1@example.com"),
        segment=running.segment,
        state=Subscription.State.UNSUBSCRIBED,
    )

    finish(running)

    left.refresh_from_db()
    assert left.state == Subscription.State.UNSUBSCRIBED
    confirmed = Subscription.objects.filter(state="confirmed").values_list("contact", flat=True)
    given = ConsentEvent.objects.filter(kind="given", purpose="notice", source="import")
    assert sorted(given.values_list("contact", flat=True)) == sorted(confirmed)
    assert given.first().evidence.startswith("Contract of 2024. Imported from people.csv")


def test_a_crash_between_or_within_batches_costs_nothing(
    running: ContactImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = running.preview["counts"]
    assert import_steps.take(pk=running.pk, now=NOON)
    with monkeypatch.context() as patch:
        patch.setattr(import_steps, "_remember", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            import_steps.take(pk=running.pk, now=NOON)
    half = Contact.objects.count()
    ContactImport.objects.update(leased_until="2020-01-01T00:00:00Z")

    finish(running)

    assert half == 2
    assert (running.state, running.report["counts"]) == (State.DONE, said)
    assert ConsentEvent.objects.count() == Contact.objects.count() == 5


def test_who_stands_far_apart_twice_is_what_the_whole_file_says(
    tmp_path: Path, customers: Segment
) -> None:
    path = tmp_path / "twice.csv"
    others = [f"p{number}@example.com,," for number in range(3)]
    first, last = "dd@example.com,Dora Alt,+4915123450001", "dd@example.com,,+4915123450002"
    path.write_text("\n".join(["email,name,phone", first, *others, last]))
    job = imports.Job(file=path)
    imports.run(job=job, now=NOON)
    dora = Contact.objects.get(email="dd@example.com")
    SubscriptionFactory(contact=dora, segment=customers, channel="sms")
    before = list(Contact.objects.order_by("pk").values())

    foreseen = imports.run(job=replace(job, dry_run=True), now=NOON)
    done = imports.run(job=job, now=NOON)

    assert (dora.name, dora.phone) == ("Dora Alt", "+4915123450002")
    assert foreseen.counts == done.counts
    assert (done.counts.unchanged, done.counts.updated, done.counts.duplicates) == (4, 0, 1)
    assert list(Contact.objects.order_by("pk").values()) == before
    assert dora.subscriptions.get().state == "confirmed"
    assert not dora.aliases.exists()


@pytest.mark.parametrize("is_mailbox_first", [True, False])
def test_who_stands_there_by_mailbox_and_far_from_it_by_number_is_one(
    tmp_path: Path, is_mailbox_first: bool
) -> None:
    pia = ContactFactory(email="pia@example.com", phone="+4915123450001", name="Pia Ott")
    aliases.remember_moves(channel="email", left={pia.pk: ""}, now=NOON)
    path = tmp_path / "pairs.csv"
    others = [f"p{number}@example.com,," for number in range(3)]
    ends = ["pia@example.com,Pia Ott,", ",,+4915123450001"][:: 1 if is_mailbox_first else -1]
    path.write_text("\n".join(["email,name,phone", ends[0], *others, ends[1]]))
    job = imports.Job(file=path)

    foreseen = imports.run(job=replace(job, dry_run=True), now=NOON)
    done = imports.run(job=job, now=NOON)

    assert foreseen.counts == done.counts
    assert (done.counts.unchanged, done.counts.created, done.counts.duplicates) == (1, 3, 1)
    line = 6 if is_mailbox_first else 2
    assert [(one.line, "are one person" in one.reason) for one in done.warnings] == [(line, True)]


@pytest.mark.parametrize("is_mailbox_first", [True, False])
def test_who_may_be_the_same_far_apart_in_a_file_is_named(
    tmp_path: Path, is_mailbox_first: bool
) -> None:
    path = tmp_path / "pairs.csv"
    others = [f"p{number}@example.com,," for number in range(3)]
    ends = ["ana@example.com,Ana,+4915123450001", ",Ana,+4915123450001"]
    ends = ends[:: 1 if is_mailbox_first else -1]
    path.write_text("\n".join(["email,name,phone", ends[0], *others, ends[1]]))
    job = imports.Job(file=path)

    foreseen = imports.run(job=replace(job, dry_run=True), now=NOON)
    done = imports.run(job=job, now=NOON)

    assert foreseen.warnings == done.warnings
    lines = (6, 2) if is_mailbox_first else (2, 6)
    assert [(one.line, f"line {lines[1]}" in one.reason) for one in done.warnings] == [
        (lines[0], True)
    ]
    assert done.counts.created == 5


def test_a_crash_after_rows_were_merged_says_no_more_and_no_less_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pia = ContactFactory(email="pia@example.com", phone="+4915123450001", name="Pia Ott")
    aliases.remember_moves(channel="email", left={pia.pk: ""}, now=NOON)
    path = tmp_path / "pairs.csv"
    path.write_text("email,phone\n,+4915123450001\na@example.com,\nb@example.com,\n" + pia.email)
    one = uploads.take(source=path, name=path.name, terms=uploads.Terms(), by=None, now=NOON)
    with monkeypatch.context() as patch:
        settle = import_pairs.settle
        patch.setattr(import_pairs, "settle", lambda spool: (settle(spool), 1 / 0))
        with pytest.raises(ZeroDivisionError):
            imports.look(contact_import=one, now=NOON)
    ContactImport.objects.update(leased_until="2020-01-01T00:00:00Z")

    finish(one)

    warnings = one.preview["report"]["warnings"]
    assert [(said["line"], "are one person" in said["reason"]) for said in warnings] == [(2, True)]


def test_two_workers_never_do_the_same_rows(running: ContactImport) -> None:
    assert import_leases.take(pk=running.pk)

    assert not import_leases.take(pk=running.pk)
    assert import_leases.waiting() == []
    import_turns.carry_on(pk=running.pk, now=NOON)
    assert Contact.objects.count() == 0


def test_what_a_dead_worker_held_is_found_again(running: ContactImport) -> None:
    import_leases.take(pk=running.pk)
    ContactImport.objects.update(leased_until="2020-01-01T00:00:00Z")

    assert import_leases.waiting() == [running.pk]


def test_rows_that_somebody_else_did_meanwhile_are_left_to_them(
    running: ContactImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = batches.read

    def overtaken(*args: object, **kwargs: object) -> batches.Batch:
        ContactImport.objects.filter(pk=running.pk).update(rows_done=4)
        return read(*args, **kwargs)

    monkeypatch.setattr(batches, "read", overtaken)

    assert not import_steps.take(pk=running.pk, now=NOON)
    assert Contact.objects.count() == 0


def test_a_cancelled_import_stops_and_keeps_what_it_found(running: ContactImport) -> None:
    import_steps.take(pk=running.pk, now=NOON)

    imports.cancel(contact_import=running, now=NOON)

    assert not import_steps.take(pk=running.pk, now=NOON)
    assert (running.state, running.report["counts"]["created"]) == (State.CANCELLED, 2)
    assert Contact.objects.count() == 2
    with pytest.raises(imports.NotPossible):
        imports.cancel(contact_import=running, now=NOON)


def test_other_columns_are_looked_at_anew(uploaded: ContactImport) -> None:
    imports.look(contact_import=uploaded, now=NOON)

    imports.remap(contact_import=uploaded, mapping={"0": "email", "1": "attributes.nick"})
    imports.look(contact_import=uploaded, now=NOON)
    imports.start(contact_import=uploaded, by=None)
    finish(uploaded)

    assert Contact.objects.get(email="p1@example.com").attributes == {"nick": "Person 1"}


@pytest.mark.parametrize("mapping", [{"1": "name"}, {"0": "email", "1": "email"}, {"0": "shoe"}])
def test_columns_that_reach_nobody_are_refused(uploaded: ContactImport, mapping: dict) -> None:
    with pytest.raises(InvalidMapping):
        imports.remap(contact_import=uploaded, mapping=mapping)


def test_an_import_whose_file_is_gone_fails_and_says_so(running: ContactImport) -> None:
    import_files.remove(running.file)

    finish(running)

    assert running.state == State.FAILED
    assert "Upload it again" in running.report["problem"]


def test_who_asked_to_be_erased_stays_out_and_is_forgotten(
    running: ContactImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        erased, "among", lambda *, channel, addresses: {"p3@example.com"} & set(addresses)
    )

    finish(running)

    assert not Contact.objects.filter(email="p3@example.com").exists()
    refused = {finding["line"]: finding for finding in running.report["refused"]}
    assert "rased" in refused[5]["reason"]
    assert refused[5]["cells"] == []
    assert running.report["counts"]["refused"] == 2


def test_a_person_created_at_the_same_moment_is_found_on_the_next_try(
    running: ContactImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, others = contacts.plan, iter(["p0@example.com"])

    def overtaken(**kwargs: object) -> contacts.Plan:
        planned = plan(**kwargs)
        for email in others:
            ContactFactory(email=email)
        return planned

    monkeypatch.setattr(contacts, "plan", overtaken)

    finish(running)

    assert running.state == State.DONE


def test_a_forgotten_upload_is_cancelled_and_its_file_removed(
    uploaded: ContactImport, django_capture_on_commit_callbacks
) -> None:
    assert (import_files.folder() / uploaded.file).stat().st_mode & 0o777 == 0o600
    later = NOON + import_turns.FORGOTTEN_AFTER * 2

    with django_capture_on_commit_callbacks(execute=True):
        import_turns.cancel_forgotten(now=later)

    uploaded.refresh_from_db()
    assert uploaded.state == State.CANCELLED
    assert not (import_files.folder() / uploaded.file).exists()
