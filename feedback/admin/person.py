"""On a contact's page: what they have answered, and whether somebody called back."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from audiences.admin import panels
from audiences.admin.moments import moment
from audiences.admin.pages import address
from audiences.languages import spoken
from audiences.models import Contact
from feedback.models import Answer, FollowUp, Response

_SHOWN = 20


@dataclass(frozen=True)
class Row:
    response: Response
    at: str
    title: str
    page: str
    answers: list[tuple[str, Answer]]
    follow_up: FollowUp | None


def _show(request: HttpRequest, contact: Contact) -> dict[str, Any] | None:
    if not request.user.has_perm("feedback.view_response"):
        return None
    found = Response.objects.filter(delivery__contact=contact).order_by("-changed_at")
    found = found.select_related("invitation__version", "follow_up").prefetch_related(
        "answers__question"
    )
    return {"rows": [_row(one) for one in found[:_SHOWN]]}


def _row(response: Response) -> Row:
    return Row(
        response,
        at=moment(response.changed_at),
        title=spoken(response.invitation.version.title),
        page=address(response),
        answers=[(spoken(one.question.text), one) for one in response.answers.all()],
        follow_up=getattr(response, "follow_up", None),
    )


panels.register("admin/feedback/person.html", _show)
