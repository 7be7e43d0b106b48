"""A file of whatever kind becomes rows: its first bytes say what it is, not its name."""

from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences.services.intake import delimited, workbook
from audiences.services.intake.raw import Table, UnreadableFile

_ZIP = b"PK\x03\x04"
_UNUSABLE = {
    # A password turns a workbook into the container that the old format used, too.
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": gettext_lazy(
        "The file is protected by a password, or in Excel's old format (.xls). Open it in Excel"
        " and save it as .xlsx without a password."
    ),
    b"%PDF": gettext_lazy("This is a PDF. Save the list as .xlsx or CSV."),
    b"PK\x05\x06": gettext_lazy("The file is an empty archive. Save the list as .xlsx or CSV."),
}


def read(path: Path, sheet: str = "") -> Table:
    """Open a file; only one of its rows is in memory at a time.

    :raises UnreadableFile: here or on the way through its rows; the message names the fix.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise UnreadableFile(
            _("%(file)s cannot be opened: %(why)s.") % {"file": path, "why": error.strerror}
        ) from error
    for mark, problem in _UNUSABLE.items():
        if start.startswith(mark):
            raise UnreadableFile(str(problem))
    return workbook.read(path, sheet) if start.startswith(_ZIP) else delimited.read(path)
