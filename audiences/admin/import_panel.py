"""How far an import is and what it found: drawn by the server, refreshed by a script."""

from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audiences.models import ContactImport
from audiences.services import imports
from audiences.services.intake import columns
from audiences.services.intake.report import Report

State = ContactImport.State
SHOWN = 50


def panel(one: ContactImport) -> dict[str, Any]:
    """What the template needs."""
    said = _said_of(one)
    report = Report.of_json(said) if "refused" in said else None
    return {
        "import": one,
        "is_working": one.state in (State.UPLOADED, State.RUNNING),
        "is_preview": one.state == State.PREVIEWED,
        "problem": said.get("problem") or one.preview.get("problem") or imports.obstacle(one),
        "headline": _headline(one),
        "rest": max((one.rows or 0) - one.rows_done, 0),
        "numbers": _numbers(report) if report else [],
        "refused": report.refused[:SHOWN] if report else [],
        "more_refused": max(report.counts.refused - SHOWN, 0) if report else 0,
        "kept": _kept(report) if report and one.finished_at else "",
        "warnings": report.warnings[:SHOWN] if report else [],
        "more_warnings": max(report.counts.warned - SHOWN, 0) if report else 0,
        "notes": list(report.notes.items()) if report else [],
        "sample": [_person(row) for row in one.preview.get("sample", [])],
        "columns": _columns(one),
    }


def _said_of(one: ContactImport) -> dict[str, Any]:
    """What it found: while it is open, what it would do."""
    said: dict[str, Any] = one.report if one.finished_at else one.preview.get("report", {})
    return said


def as_json(one: ContactImport) -> dict[str, Any]:
    context = panel(one)
    return {
        "state": one.state,
        "is_over": not context["is_working"],
        "parts": {"numbers": render_to_string("admin/audiences/import_progress.html", context)},
    }


def _headline(one: ContactImport) -> str:
    numbers = {"done": intcomma(one.rows_done), "total": intcomma(one.rows or 0)}
    if one.state == State.UPLOADED and one.preview.get("is_read"):
        return _("%(done)s of %(total)s rows compared with whom we know") % numbers
    if one.state == State.UPLOADED:
        return _("%(done)s of %(total)s rows looked at") % numbers
    return _("%(done)s of %(total)s rows imported") % numbers


def _numbers(report: Report) -> list[tuple[str, str]]:
    counts = report.counts
    labelled = (
        (_("rows"), counts.rows),
        (_("new"), counts.created),
        (_("changed"), counts.updated),
        (_("unchanged"), counts.unchanged),
        (_("duplicates in the file"), counts.duplicates),
        (_("refused"), counts.refused),
        (_("new accounts"), counts.accounts_created),
        (_("changed accounts"), counts.accounts_updated),
        (_("new subscriptions"), counts.subscribed),
        (_("stay unsubscribed"), counts.stay_unsubscribed),
    )
    return [(label, intcomma(number)) for label, number in labelled]


def _kept(report: Report) -> str:
    kept, refused = len(report.refused), report.counts.refused
    numbers = {"kept": intcomma(kept), "all": intcomma(refused)}
    said = _("The first %(kept)s of %(all)s refused rows were kept.") if kept < refused else ""
    bare = sum(not finding.cells for finding in report.refused)
    without = ngettext(
        "Of %(count)s refused row, the line and the reason alone were kept.",
        "Of %(count)s refused rows, the line and the reason alone were kept.",
        bare,
    )
    more = without % {"count": intcomma(bare)} if bare else ""
    return f"{said % numbers} {more}".strip()


def _person(row: dict[str, Any]) -> dict[str, Any]:
    fates = {"created": _("new"), "updated": _("changed"), "unchanged": _("unchanged")}
    profile = ", ".join(f"{name}: {value}" for name, value in row["attributes"].items())
    lists = ", ".join(row["segments"])
    return {**row, "fate": fates[row["fate"]], "profile": profile, "lists": lists}


def _columns(one: ContactImport) -> list[tuple[str, str]]:
    headings = one.preview.get("headings", [])
    return [
        (heading, columns.label(one.mapping.get(str(place), "")))
        for place, heading in enumerate(headings)
    ]
