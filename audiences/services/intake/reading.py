from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from django.utils.translation import gettext as _

from audiences.services.intake import files, headings, rows
from audiences.services.intake.files import RawRow, UnreadableFile
from audiences.services.intake.report import Report
from audiences.services.intake.rows import ContactRow

BATCH = 2000


class Reading:
    """Walks a file in batches of people, and remembers on which line each was met first."""

    def __init__(self, *, file: Path, region: str, report: Report) -> None:
        self.file, self.region, self.report = file, region, report
        # By a hash of the identity: small enough for a million people.
        self._first_lines: dict[int, int] = {}

    def batches(self) -> Iterator[dict[str, ContactRow]]:
        raw_rows, columns = self._open()
        batch: dict[str, ContactRow] = {}
        for raw in raw_rows:
            if row := self._take(raw, columns):
                known = batch.get(row.identity)
                batch[row.identity] = known.amended_by(row) if known else row
            if len(batch) == BATCH:
                yield batch
                batch = {}
        yield batch

    def met_first_in(self, batch: dict[str, ContactRow]) -> set[str]:
        return {
            identity
            for identity, row in batch.items()
            if self._first_lines[hash(identity)] == row.line
        }

    def _open(self) -> tuple[Iterator[RawRow], headings.Columns]:
        raw_rows = files.read(self.file)
        first = next(raw_rows, None)
        if first is None or first.problem:
            raise UnreadableFile(first.problem if first else _("The file is empty."))
        columns = headings.understand(first.cells, self.region)
        if columns.guessed:
            named = ", ".join(f"{place + 1} = {name}" for name, place in columns.fields.items())
            note = _("There are no headings; the columns were read as: %(columns)s.")
            self.report.notes[note % {"columns": named}] = 0
            raw_rows = chain([first], raw_rows)
        return raw_rows, columns

    def _take(self, raw: RawRow, columns: headings.Columns) -> ContactRow | None:
        self.report.rows += 1
        try:
            row = rows.parse(raw, columns, self.region)
        except rows.RefusedRow as refused:
            self.report.refuse(raw.line, str(refused))
            return None
        self.report.notes.update(row.notes)
        for warning in row.warnings:
            self.report.warn(row.line, warning)
        first_line = self._first_lines.setdefault(hash(row.identity), row.line)
        if first_line != row.line:
            self.report.duplicate(row.line, first_line)
        return row
