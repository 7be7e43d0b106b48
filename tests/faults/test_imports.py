"""An import whose process is killed in the middle."""

import signal
from pathlib import Path

import pytest

from audiences.models import ConsentEvent, Contact, ContactImport, Subscription
from audiences.services import import_leases, import_turns
from tests import processes
from tests.factories import NOON, SegmentFactory

pytestmark = pytest.mark.slow(reason="a real process is started and killed")
State = ContactImport.State


def everybody() -> list[tuple[object, ...]]:
    people = Contact.objects.order_by("email")
    return list(people.values_list("email", "name", "phone", "account__name", "attributes"))


def test_kill_9_in_the_middle_and_again_gives_the_same_people(
    transactional_db: None, tmp_path: Path, is_full: bool
) -> None:
    rows = 100_000 if is_full else 8_000
    SegmentFactory(slug="customers")
    file = tmp_path / "people.csv"
    lines = [f"p{n % (rows - 9)}@example.com,Person {n},Firm {n % 99},{n}\n" for n in range(rows)]
    file.write_text("email,name,company,number\n" + "".join(lines))
    command = (
        "manage.py",
        "import_contacts",
        str(file),
        "--segment=customers",
        "--consent=Contract",
    )

    with processes.running() as run:
        killed = run.start(*command, log=tmp_path / "killed.log")
        processes.wait_for(lambda: Contact.objects.exists() or killed.poll() is not None)
        run.kill(killed)
        half = Contact.objects.count()
        again = run.start(*command, log=tmp_path / "again.log")
        assert again.wait(timeout=300) == 0, (tmp_path / "again.log").read_text()
    after_second = everybody()
    left = ContactImport.objects.get(state=State.RUNNING)
    ContactImport.objects.filter(pk=left.pk).update(leased_until=None)
    while left.pk in import_leases.waiting():
        import_turns.carry_on(pk=left.pk, now=NOON)

    assert killed.returncode == -signal.SIGKILL
    assert 0 < half < rows - 9
    assert everybody() == after_second
    assert len(after_second) == rows - 9 == Subscription.objects.count()
    assert ConsentEvent.objects.count() == rows - 9
    assert set(ContactImport.objects.values_list("state", flat=True)) == {State.DONE}
