"""Comments by the incident that they are about, and by the version of the plan that it followed."""

from feedback.admin import comment_filters
from feedback.admin.comment_filters import AboutFilter

_INCIDENT = "response__invitation__broadcast__timeline_entry__incident"

comment_filters.register(
    (_INCIDENT, AboutFilter),
    (f"{_INCIDENT}__plan", AboutFilter),
)
