"""A day and a time in a form, which mean one moment: also in the nights when clocks change."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget

from audiences import bounds


class MomentWidget(UnfoldAdminSplitDateTimeWidget):
    """Sends back the moment that it has shown: two of them may look the same on the clock.

    Where the clock shows a time twice, it lets one choose between them.
    """

    template_name = "admin/moment.html"
    supports_microseconds = True
    # None for the current one.
    zone: tzinfo | None = None

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.widgets.append(forms.HiddenInput())
        self.widgets_names.append("_2")

    def decompress(self, value: Any) -> list[Any]:
        if not value:
            return [None, None, None]
        there = timezone.localtime(value, self.zone)
        return [there.date(), there.time().replace(microsecond=0), there.isoformat()]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        parts = value if isinstance(value, list) else self.decompress(value)
        context: dict[str, Any] = super().get_context(name, parts, attrs)
        choices, chosen = self._choices(parts)
        if choices:
            sent = context["widget"]["subwidgets"][2]
            labelled = {"id": sent["attrs"].get("id", ""), "aria-label": _("Which of the two?")}
            select = UnfoldAdminSelectWidget(labelled, choices)
            context["widget"]["subwidgets"][2] = select.get_context(sent["name"], chosen, labelled)[
                "widget"
            ]
        return context

    def _choices(self, parts: Sequence[Any]) -> tuple[list[tuple[str, str]], str]:
        """Both moments of a time that the clock shows twice, and which one it is; else nothing."""
        zone, wall, shown = current(self.zone), _typed(parts), _read(parts[2])
        found = instants(wall, zone) if wall else []
        if len(found) < 2:
            return [], ""
        if shown and on_the_wall(shown, zone) == wall:
            # Its fractions of a second come along.
            found = [at.replace(microsecond=shown.microsecond) for at in found]
        labels = (_("%(time)s, the first time"), _("%(time)s, the second time"))
        choices = [
            (at.isoformat(), label % {"time": f"{at.astimezone(zone):%H:%M %Z}"})
            for at, label in zip(found, labels, strict=True)
        ]
        return choices, (shown if shown in found else found[0]).isoformat()


class _ShownMoment(forms.HiddenInput):
    """What a page showed, where that is compared with what comes back."""

    def format_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else value


class MomentField(forms.SplitDateTimeField):
    """What was not touched stays the moment that it was; of a time that the clock shows twice one
    is asked which, and one that it leaves out is refused with the time to write instead."""

    widget: Any = MomentWidget
    hidden_widget: Any = _ShownMoment
    default_validators: Any = (bounds.within_reach,)

    def reads_in(self, zone: tzinfo) -> None:
        """Show and read it by the clock of this zone."""
        self.widget.zone = zone

    def clean(self, value: Any) -> datetime | None:
        if self.disabled and not isinstance(value, list):
            return value  # type: ignore[no-any-return]
        parts = [*(value or ()), None, None, None]
        wall: datetime | None = super().clean(parts[:2])
        return self._meant(wall, _read(parts[2])) if wall else None

    def compress(self, data_list: Any) -> datetime | None:
        """As it is on the wall, without a zone."""
        if not data_list:
            return None
        for part, code in zip(data_list, ("invalid_date", "invalid_time"), strict=True):
            if part in self.empty_values:
                raise ValidationError(self.error_messages[code], code=code)
        return datetime.combine(*data_list)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return self._second(data) != self._second(initial)
        except ValidationError:
            return True

    def _second(self, given: Any) -> datetime | None:
        """Of what is stored, was shown, or was typed."""
        if isinstance(given, list | tuple):
            given = self.clean(given) if any(given[:2]) else None
        at: datetime | None = _read(given) if isinstance(given, str) else given
        return at and at.replace(microsecond=0)

    def _meant(self, wall: datetime, shown: datetime | None) -> datetime:
        zone = current(self.widget.zone)
        if shown and on_the_wall(shown, zone) == wall:
            return shown
        found = instants(wall, zone)
        if not found:
            raise ValidationError(_left_out(wall, zone), code="left_out")
        if len(found) == 1:
            return found[0]
        if shown and len(instants(on_the_wall(shown, zone), zone)) == 2:
            # Of the same night, another time: still the first, or the second, of the two.
            same = shown.astimezone(zone).utcoffset()
            return next(at for at in found if at.astimezone(zone).utcoffset() == same)
        raise ValidationError(
            _("The clocks go back: they show %(time)s twice. Choose which one it is.")
            % {"time": f"{wall:%H:%M}"},
            code="twice",
        )


def current(zone: tzinfo | None) -> tzinfo:
    return zone or timezone.get_current_timezone()


def on_the_wall(at: datetime, zone: tzinfo) -> datetime:
    """What the clock shows then, to the second."""
    return at.astimezone(zone).replace(tzinfo=None, microsecond=0, fold=0)


def instants(wall: datetime, zone: tzinfo) -> list[datetime]:
    """The moments at which a clock shows a time: mostly one; two where it is put back, and none
    where it is put forward."""
    both = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return list(dict.fromkeys(at for at in both if on_the_wall(at, zone) == wall))


def _left_out(wall: datetime, zone: tzinfo) -> str:
    then = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return _(
        "There is no %(time)s on %(day)s: the clocks go forward over it. Write %(later)s, or a time"
        " before that."
    ) % {
        "time": f"{wall:%H:%M}",
        "day": formats.date_format(wall, "DATE_FORMAT"),
        "later": f"{then:%H:%M}",
    }


def _typed(parts: Sequence[Any]) -> datetime | None:
    """None for what is no day, or no time."""
    try:
        day, hour = forms.DateField().clean(parts[0]), forms.TimeField().clean(parts[1])
        bounds.within_reach(day)
    except ValidationError:
        return None
    return datetime.combine(day, hour)


def _read(sent: Any) -> datetime | None:
    """What the page has sent along; None for nothing, or nonsense."""
    try:
        return datetime.fromisoformat(sent or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
