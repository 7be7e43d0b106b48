"""Which answers the results are of: what a page's address says, as a slice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.languages import spoken
from audiences.models import Channel, Segment
from feedback.models import Invitation, Survey, SurveyVersion
from feedback.services import surveys
from feedback.services.figures import dimensions, stories
from feedback.services.figures.slices import Slice
from feedback.services.figures.stories import Group

_MONTHS = ("since", "until")
Choices = Iterable[tuple[Any, Any]]


@dataclass(frozen=True)
class Asked:
    """Every request of a survey: when it was sent, and what it was about."""

    survey: Survey
    version: SurveyVersion
    is_anonymous: bool
    started: Mapping[int, datetime]
    described: Mapping[int, Mapping[str, Group]]

    @property
    def months(self) -> list[date]:
        days = (timezone.localtime(at).date() for at in self.started.values())
        return sorted({day.replace(day=1) for day in days})

    def groups(self, grouping: str) -> dict[str, str]:
        """By their key, in the order in which they were described."""
        named = (one[grouping] for one in self.described.values() if grouping in one)
        return {group.key: group.name for group in named}

    def about(self, wanted: Mapping[str, str]) -> frozenset[int]:
        """The requests that belong to all of these groups."""
        return frozenset(
            number
            for number in self.started
            if all(
                (group := self.described.get(number, {}).get(grouping)) and group.key == key
                for grouping, key in wanted.items()
            )
        )


def asked(survey: Survey) -> Asked:
    sent = Invitation.objects.filter(version__survey=survey, broadcast__started_at__isnull=False)
    started = {
        number: at for number, at in sent.values_list("broadcast", "broadcast__started_at") if at
    }
    version = surveys.shown(survey=survey)
    is_anonymous = surveys.is_anonymous(survey=survey)
    return Asked(survey, version, is_anonymous, started, stories.described(started))


class ResultsForm(forms.Form):
    """Of an anonymous survey no part is offered but all groups of a kind: these are withheld
    together, while parts that are looked at one after the other could be subtracted."""

    survey = forms.ChoiceField(label=gettext_lazy("Survey"), required=False)
    by = forms.ChoiceField(label=gettext_lazy("Side by side"), required=False)

    def __init__(self, asked: Asked, titles: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        labels = dimensions.labels(is_anonymous=asked.is_anonymous)
        self._fill("survey", titles)
        if not asked.is_anonymous:
            self._choose_a_part(labels)
        self._fill("by", [("", pgettext("side by side", "nothing")), *labels.items()])
        self.order_fields(["survey", *parts(), "by", "every"])

    def _choose_a_part(self, labels: Mapping[str, Any]) -> None:
        for grouping, label in stories.labels().items():
            self._choose(grouping, label, self.asked.groups(grouping).items())
        used = Segment.objects.filter(topic="").order_by("name").values_list("pk", "name")
        self._choose(dimensions.SEGMENT, labels[dimensions.SEGMENT], used)
        self._choose("channel", labels["channel"], Channel.choices)
        self._choose("language", labels["language"], settings.LANGUAGES)
        months = [(f"{one:%Y-%m}", _month_name(one)) for one in self.asked.months]
        self._add("since", _("Asked from"), [("", _("the beginning")), *months])
        self._add("until", _("Asked until"), [("", pgettext("asked until", "today")), *months])
        self._add("every", _("Over time"), [("month", _("by month")), ("week", _("by week"))])

    def _choose(self, name: str, label: Any, choices: Choices) -> None:
        self._add(name, str(label)[:1].upper() + str(label)[1:], [("", _("all")), *choices])

    def _add(self, name: str, label: str, choices: Choices) -> None:
        self.fields[name] = forms.ChoiceField(label=label, required=False)
        self._fill(name, choices)

    def _fill(self, name: str, choices: Choices) -> None:
        field: Any = self.fields[name]
        field.widget = UnfoldAdminSelectWidget()
        field.choices = list(choices)

    def slice(self) -> Slice:
        chosen: dict[str, str] = defaultdict(str, self.cleaned_data)
        wanted = {name: chosen[name] for name in stories.labels() if chosen[name]}
        until = _month(chosen["until"])
        return Slice(
            survey=self.asked.survey,
            requests=self.asked.about(wanted) if wanted else None,
            since=_start(_month(chosen["since"])),
            until=_start(_next(until)) if until else None,
            channel=chosen["channel"],
            language=chosen["language"],
            segment=int(chosen[dimensions.SEGMENT] or 0) or None,
        )


def parts() -> list[str]:
    """The names of all that narrows the answers down."""
    return [*stories.labels(), dimensions.SEGMENT, "channel", dimensions.LANGUAGE, *_MONTHS]


def titles() -> Iterator[tuple[str, str]]:
    """Every survey by its slug, in words of the version in force, else of the newest."""
    versions = SurveyVersion.objects.select_related("survey").order_by("survey__slug", "number")
    found: dict[str, SurveyVersion] = {}
    for version in versions:
        before = found.get(version.survey.slug)
        if before is None or before.status != SurveyVersion.Status.ACTIVE:
            found[version.survey.slug] = version
    return ((slug, spoken(version.title)) for slug, version in found.items())


def _month_name(month: date) -> str:
    return formats.date_format(month, "YEAR_MONTH_FORMAT")


def _month(value: str) -> date | None:
    return date.fromisoformat(f"{value}-01") if value else None


def _next(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _start(day: date | None) -> datetime | None:
    """Midnight of the house."""
    if day is None:
        return None
    return datetime.combine(day, time(), timezone.get_current_timezone())
