"""Comments by the incident that they are about, and by the version of the plan that it followed."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from feedback.admin import comment_filters
from feedback.services import comments

_INCIDENT = "response__invitation__broadcast__timeline_entry__incident"


class AboutFilter(AutocompleteSelectFilter):
    """What an anonymous comment is about is not told."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        found: QuerySet[Any] | None = super().queryset(request, queryset)
        return found.filter(comments.is_named()) if found is not None and self.value() else found


comment_filters.register(
    (_INCIDENT, AboutFilter),
    (f"{_INCIDENT}__plan", AboutFilter),
)
