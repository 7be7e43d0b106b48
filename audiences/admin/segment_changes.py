"""Who somebody is to us changes for all members of a segment at once: said, and asked, first."""

from typing import Any

from django.utils.translation import gettext as _

from audiences.admin import rule_editor
from audiences.admin.as_shown import AsShownMixin
from audiences.models import AudienceKind, Channel, Detail, Segment

_TELLING = ("kind", "detail", "is_archived")


class MeantMixin(AsShownMixin):
    """For the form of a segment: what changes for all of them is asked about while it is heard."""

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        form: Any = self
        before: Segment = form.instance
        changes = [one for one in _TELLING if given.get(one) != getattr(before, one)]
        if not before.pk or form.errors or not changes:
            return given
        wanted = " ".join(_value(one, given[one]) for one in changes)
        # A tick for this does not count for anything else.
        form.fields["meant"].widget.attrs["value"] = wanted
        heard = {name: rule_editor.count(before, name) for name in Channel.values}
        if form.data.get("meant") != wanted and set(heard.values()) != {"0"}:
            form.data = form.data.copy()
            form.data.pop("meant", None)
            form.add_error("meant", consequences(before, given, heard))
        return given


def is_asked(data: Any) -> bool:
    """Whether what was sent has something else than the page showed."""
    return any(
        _value(one, data.get(one)) != _value(one, data.get(f"initial-{one}")) for one in _TELLING
    )


def _value(name: str, sent: Any) -> str:
    """A box that is not ticked is not sent."""
    if name == "is_archived":
        return "" if sent in (None, False, "False") else "archived"
    return str(sent)


def consequences(before: Segment, given: dict[str, Any], heard: dict[str, str]) -> str:
    """What a change would mean, and for how many."""
    counts = " · ".join(f"{Channel(name).label}: {number}" for name, number in heard.items())
    words = [_("People who hear “%(name)s”: %(counts)s.") % {"name": before, "counts": counts}]
    if given["is_archived"] and not before.is_archived:
        words.append(
            _("They hear nothing through it any more, whatever plan or broadcast names it.")
        )
    if given["kind"] != before.kind:
        words.append(
            _("They all change from “%(old)s” to “%(new)s”.")
            % {"old": before.get_kind_display(), "new": AudienceKind(given["kind"]).label}
        )
    if given["detail"] == Detail.TECHNICAL != before.detail:
        words.append(_("They get the technical variant of messages, which is meant for our team."))
    elif given["detail"] != before.detail:
        words.append(_("They get no technical detail any more."))
    words.append(_("Nothing was saved yet: tick this if it is meant, and save again."))
    return " ".join(words)
