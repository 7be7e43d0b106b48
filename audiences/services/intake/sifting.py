"""Raw rows become people, refusals and remarks: the part of an import that knows no database."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audiences.services.intake import rows
from audiences.services.intake.columns import Columns
from audiences.services.intake.report import NOTE, REFUSED, WARNING, Finding
from audiences.services.intake.rows import ContactRow, Remarks
from audiences.services.intake.spool import Spool


@dataclass(frozen=True)
class Sieve:
    spool: Spool
    columns: Columns
    region: str

    def understand(self, *, after: int, limit: int) -> None:
        """Read the next so many rows by the columns."""
        people: dict[int, ContactRow] = {}
        findings: list[tuple[int, str, Finding]] = []
        found = self.spool.raw(after=after, limit=limit)
        for position, raw in found:
            remarks = Remarks()
            try:
                people[position] = rows.parse(raw, self.columns, self.region, remarks)
            except rows.RefusedRow as refused:
                findings.append((position, REFUSED, Finding(raw.line, str(refused))))
                continue
            for kind, said in ((WARNING, remarks.warnings), (NOTE, remarks.notes)):
                findings += [(position, kind, Finding(raw.line, text)) for text in said]
        if found:
            self.spool.understand([position for position, _raw in found], people, findings)
            self._remark_duplicates(people, after=after, limit=limit)

    def _remark_duplicates(
        self, people: Mapping[int, ContactRow], *, after: int, limit: int
    ) -> None:
        first = self.spool.first_met(after=after, limit=limit)
        merged = _("The same address as in line %(line)s: the rows were merged.")
        self.spool.remark(
            (position, WARNING, Finding(row.line, merged % {"line": first[row.identity][1]}))
            for position, row in people.items()
            if first[row.identity][0] != position
        )
