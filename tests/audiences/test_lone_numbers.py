"""Numbers that stand alone in some rows of a file, and beside a mailbox in others."""

from pathlib import Path

from audiences.services.intake import lone_numbers
from audiences.services.intake.lone_numbers import Beside
from audiences.services.intake.rows import ContactRow
from audiences.services.intake.spool import Spool


def test_a_switchboard_in_every_row_costs_no_more_than_any_number(tmp_path: Path) -> None:
    def cost(rows: int) -> int:
        people = {
            at: ContactRow(at, email=f"p{at}@x.de" if at > rows else "", phone="+49301234567")
            for at in range(1, 2 * rows + 1)
        }
        turns: list[None] = []
        with Spool.create(tmp_path / str(rows)) as spool:
            spool.understand([*people], people, [])
            spool.database.set_progress_handler(lambda: turns.append(None), 100)
            assert lone_numbers.beside_mailboxes(spool) == [Beside(1, 1, rows + 1)]
        return len(turns)

    assert cost(200) < 3 * cost(100)
