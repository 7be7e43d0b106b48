"""What the list of comments is narrowed down by; the apps above put theirs there, too."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.utils import parse_date_str

from feedback.models import Question, Tag
from feedback.services import comments
from feedback.services.figures.slices import HEARD
from messaging.models import Delivery

_UNTAGGED = "none"


def _or_refuse(narrow: Any) -> Any:
    """Of an address that means nothing Django shows the whole list, once it is told so."""

    @wraps(narrow)
    def narrowed(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            found: QuerySet[Any] = narrow(self, request, queryset)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters from error
        return found

    return narrowed


class TagFilter(DropdownFilter):
    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = Tag.objects.order_by("name_folded").values_list("pk", "name")
        return [(_UNTAGGED, _("without a tag")), *((str(pk), name) for pk, name in names)]

    @_or_refuse
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == _UNTAGGED:
            return queryset.filter(tags=None)
        return queryset.filter(tags__pk=self.value()) if self.value() else queryset


class ScoreFilter(DropdownFilter):
    title = _("score beside it")
    parameter_name = "score"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*comments.Band.choices, *self._scores()]

    def _scores(self) -> Iterator[tuple[str, str]]:
        for kind, (lowest, highest, _threshold) in Question.SCALES.items():
            for score in range(lowest, highest + 1):
                yield f"{kind}-{score}", f"{kind.label}: {score}"

    @_or_refuse
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match (self.value() or "").split("-"):
            case [band] if band in comments.Band:
                return queryset.filter(comments.banded(band))
            case [kind, score]:
                return queryset.filter(comments.beside(kind, int(score)))
        return queryset


class LanguageFilter(DropdownFilter):
    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return settings.LANGUAGES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not (language := self.value()):
            return queryset
        return queryset.filter(comments.is_named(), response__language=language)


class HeardThroughFilter(AutocompleteSelectFilter):
    """By a segment through which the author heard the story."""

    @_or_refuse
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not (segment := self.value()):
            return queryset
        told = Delivery.objects.filter(
            contact=OuterRef("response__delivery__contact"),
            segment__pk=segment,
            broadcast__thread=OuterRef("response__delivery__broadcast__thread"),
            broadcast__purpose__in=HEARD,
        )
        return queryset.filter(Exists(told))


class AboutFilter(AutocompleteSelectFilter):
    """What an anonymous comment is about is not told."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        found: QuerySet[Any] | None = super().queryset(request, queryset)
        return found.filter(comments.is_named()) if found is not None and self.value() else found


class PeriodFilter(RangeDateFilter):
    """Whole days of our own clocks, the last one included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("period of answers")

    @_or_refuse
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        within = Q()
        if since := self._midnight("from", timedelta()):
            within &= Q(**{f"{self.field_path}__gte": since})
        if until := self._midnight("to", timedelta(days=1)):
            within &= Q(**{f"{self.field_path}__lt": until})
        return queryset.filter(comments.is_named(), within) if within else queryset

    def _midnight(self, end: str, later: timedelta) -> datetime | None:
        typed = self.used_parameters.get(f"{self.field_path}_{end}")
        day = parse_date_str(typed) if typed else None
        return timezone.make_aware(datetime.combine(day + later, time.min)) if day else None


_FILTERS: list[Any] = [
    TagFilter,
    ScoreFilter,
    ("question__version__survey", RelatedDropdownFilter),
    ("response__delivery__channel", ChoicesDropdownFilter),
    LanguageFilter,
    ("response__delivery__segment", HeardThroughFilter),
    ("response__changed_at", PeriodFilter),
    ("response__invitation__broadcast__survey_round", AboutFilter),
]


def register(*filters: Any) -> None:
    """Put filters below those that are there already."""
    _FILTERS.extend(filters)


def all_of_them() -> tuple[Any, ...]:
    return tuple(_FILTERS)
