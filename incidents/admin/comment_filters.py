"""Comments by the incident that they are about, and by the version of the plan that it followed."""

from unfold.contrib.filters.admin import AutocompleteSelectFilter

from feedback.admin import comment_filters

_INCIDENT = "response__invitation__broadcast__timeline_entry__incident"

comment_filters.register(
    (_INCIDENT, AutocompleteSelectFilter),
    (f"{_INCIDENT}__plan", AutocompleteSelectFilter),
)
