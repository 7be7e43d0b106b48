"""What is kept of rows that are refused, so that they can be put right."""

from pathlib import Path

import pytest

from audiences.admin.import_panel import panel
from audiences.services import import_steps, imports, uploads
from audiences.services.intake import spool
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def test_all_are_given_out_whole_until_the_import_is_over_and_then_it_is_said_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_steps, "BATCH", 2)
    monkeypatch.setattr(spool, "_QUOTED", 1_500)
    path = tmp_path / "f.csv"
    path.write_text("email,a\nok@x.de,\n" + "".join(f"no{n},{'x' * 600}\n" for n in range(5)))
    terms = uploads.Terms(segment=None)
    one = uploads.take(source=path, name="f.csv", terms=terms, by=None, now=NOON)
    imports.look(contact_import=one, now=NOON)

    found = list(import_steps.refused(one))
    monkeypatch.setattr(import_steps, "KEPT", 4)
    imports.cancel(contact_import=one, now=NOON)

    assert [finding.line for finding in found] == [3, 4, 5, 6, 7]
    assert {finding.cells for finding in found} == {(f"no{n}", "x" * 600) for n in range(5)}
    assert len(list(import_steps.refused(one))) == 4
    assert panel(one)["kept"] == "Of 2 refused rows, the line and the reason alone were kept."
