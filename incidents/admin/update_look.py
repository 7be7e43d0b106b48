"""An update that is being written, as its readers will get it: nothing is stored."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from audiences.models import Contact
from incidents.models import PlanStep, Responder, TimelineEntry, Update
from incidents.services import proposals, telling
from messaging.admin.look_readers import Shown
from messaging.admin.looking import Table, table
from messaging.models import BroadcastContent
from messaging.services import broadcasts, own_addresses, posts
from messaging.services.placeholders import CannotSay


def of_update(*, update: Update, statuses: Mapping[int, str]) -> list[Shown]:
    """Each message that publishing it would send, in the order of the plan."""
    entries = proposals.entries_telling(update=update, statuses=statuses)
    return [_shown(one) for one in entries if one.step.who != PlanStep.Who.TASK]


def _shown(entry: TimelineEntry) -> Shown:
    step, incident = entry.step, entry.incident
    told = telling.announcement(entry)
    contents: Sequence[BroadcastContent] = ()
    errors: list[str] = []
    try:
        contents = broadcasts.contents(announcement=told)
    except CannotSay as error:
        errors.append(str(error))
    return Shown(
        step.name,
        contents,
        step.channels,
        moments=broadcasts.frozen(told.moments),
        posts=posts.of_template(told.template, told.facts),
        whom=telling.whom_of(step, incident, entry.update, timezone.now()),
        errors=errors,
    )


def looked_at(request: HttpRequest, *, update: Update, statuses: Mapping[int, str]) -> Table:
    """The table of these messages; what was typed goes along with its form."""
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not name.startswith(("_", "look", "csrfmiddlewaretoken"))
        and name not in ("width", "scheme")
    ]
    return table(request, of_update(update=update, statuses=statuses), [*kept, ("_preview", "1")])


def _as_a_responder(user: User) -> Contact | None:
    found = Responder.objects.filter(user=user).select_related("contact").first()
    return found.contact if found else None


own_addresses.register(_as_a_responder)
