"""What an incident is about to tell, as its readers will get it: nothing is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from audiences.models import Contact
from incidents.admin.forecast import Told
from incidents.models import Approval, Incident, PlanStep, Responder, TimelineEntry, Update
from incidents.services import entry_approvals, proposals, telling, wrong_copies
from incidents.services.wrong_copies import Retold
from messaging.admin.look_readers import Shown
from messaging.admin.looking import Table
from messaging.models import BroadcastContent
from messaging.services import broadcasts, own_addresses, posts, wrong_texts
from messaging.services.audience import Whom
from messaging.services.broadcasts import Announcement
from messaging.services.placeholders import CannotSay


def of_update(*, update: Update, statuses: Mapping[int, str]) -> list[Shown]:
    """Each message that publishing it would send, in the order of the plan."""
    if update.corrects_id:
        return _of_correction(update, proposals.as_it_would_be(update=update, statuses=statuses))
    entries = proposals.entries_telling(update=update, statuses=statuses)
    return [_of_entry(one) for one in entries if one.step.who != PlanStep.Who.TASK]


def of_opening(*, told: Iterable[Told]) -> list[Shown]:
    """Messages of an incident that is not opened yet."""
    return [_of_entry(one.entry, one.error) for one in told]


def of_approval(*, approval: Approval) -> list[Shown]:
    """Each message that goes out once it is approved."""
    if update := approval.update:
        return of_update(update=update, statuses=proposals.statuses_of(update))
    assert approval.entry, "it is about an entry or an update"
    try:
        entries = entry_approvals.asked_about(approval)
    except CannotSay as error:
        return [Shown(approval.entry.step.name, (), (), errors=[str(error)])]
    return [_of_entry(one) for one in entries]


def _of_entry(entry: TimelineEntry, error: str = "") -> Shown:
    step, incident = entry.step, entry.incident
    whom = telling.whom_of(step, incident, entry.update, timezone.now())
    if error:
        # Without the statement it would look whole, and say nothing.
        return Shown(step.name, (), step.channels, whom=whom, errors=[error])
    announced, _held = telling.safely(entry)
    return _announced(step.name, announced, whom)


def _of_correction(update: Update, then: Incident) -> list[Shown]:
    try:
        retold = wrong_copies.retold(correction=update, then=then)
    except CannotSay as error:
        return [Shown(gettext("Correction"), (), (), errors=[str(error)])]
    return of_retold(retold)


def of_retold(retold: Iterable[Retold]) -> list[Shown]:
    """What puts something right, and what takes its place where it still waits."""
    found = []
    for one in retold:
        copies, name = wrong_texts.got(one.wrong), f"{one.step.name}: {gettext('correction')}"
        correction = _announced(name, one.correction, Whom(one.correction.segments), copies)
        found.append(_to_whom_it_was_wrong(correction, one))
        if one.notice:
            copies = wrong_texts.awaited(wrong_texts.notices(one.wrong))
            name = f"{one.step.name}: {gettext('in its place')}"
            notice = _announced(name, one.notice, Whom(one.notice.segments), copies)
            found.append(_to_whom_it_was_wrong(notice, one))
    return found


def _to_whom_it_was_wrong(shown: Shown, retold: Retold) -> Shown:
    """Without the languages in which nothing was wrong: nobody gets these."""
    wrong = {language for one in retold.wrong for _channel, language, _detail in one.texts}
    read = [one for one in shown.contents if one.language in wrong]
    return replace(shown, contents=read or shown.contents)


def _announced(name: str, told: Announcement, whom: Whom, copies: Q | None = None) -> Shown:
    contents: Sequence[BroadcastContent] = ()
    errors: list[str] = []
    try:
        contents = broadcasts.contents(announcement=told)
    except CannotSay as error:
        errors.append(str(error))
    return Shown(
        name,
        contents,
        told.channels,
        moments=broadcasts.frozen(told.moments),
        posts=posts.of_template(told.template, told.facts),
        whom=whom,
        copies=copies,
        errors=errors,
    )


def looked_at(request: HttpRequest, shown: Sequence[Shown]) -> Table:
    """The table of these messages; what was typed goes along with its form, and a test is sent."""
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not name.startswith(("_", "look", "csrfmiddlewaretoken"))
        and name not in ("width", "scheme")
    ]
    looks = Table(request, shown, timezone.now(), [*kept, ("_preview", "1")])
    looks.send_proof()
    return looks


def _as_a_responder(user: User) -> Contact | None:
    found = Responder.objects.filter(user=user).select_related("contact").first()
    return found.contact if found else None


own_addresses.register(_as_a_responder)
