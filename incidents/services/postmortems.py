"""What customers are told afterwards: written, looked at by somebody else, published."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audiences import languages
from incidents.models import Incident, Postmortem, Status, Update
from incidents.models.plans import Kind
from incidents.services import postmortem_drafts, postmortem_letters, told_together, updates
from incidents.services.updates import UpdateDraft

WITHIN = timedelta(hours=72)
State = Postmortem.State
_HANDED_ON = ("state", "returned_because", "handed_on_at")


class NotPossible(ValueError):
    """Nothing was changed; the message says what to do first."""


class NotOver(NotPossible):
    pass


class NotNow(NotPossible):
    pass


class NothingWritten(NotPossible):
    pass


class ReasonMissing(NotPossible):
    pass


class SecondPersonNeeded(NotPossible):
    pass


@transaction.atomic
def start(*, incident: Incident, by: User, now: datetime) -> Postmortem:
    """Begin one that no plan promised; where there is one already, that is it.

    :raises NotOver: the incident is not over, is a maintenance, or is told within another one.
    """
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    _check_over(incident)
    within = incident.plan.postmortem_within if incident.plan else None
    end = incident.resolved_at or incident.story_time(now)
    postmortem = postmortem_drafts.make(incident=incident, due_at=end + (within or WITHIN))
    if postmortem.author is None:
        postmortem.author = by
        postmortem.save(update_fields=["author"])
    return postmortem


@transaction.atomic
def save(
    *, postmortem: Postmortem, summary: Mapping[str, str], body: Mapping[str, str], by: User
) -> Postmortem:
    """Keep what was written; whoever writes is the author.

    :raises NotNow: somebody reviews it, or it is published.
    """
    draft = _claim(postmortem, State.DRAFT)
    draft.summary, draft.body = dict(summary), dict(body)
    draft.save(update_fields=["summary", "body"])
    draft.give_to(by)
    return draft


@transaction.atomic
def submit(*, postmortem: Postmortem, reviewer: User, by: User, now: datetime) -> Postmortem:
    """Ask somebody else to look at it, who is told so; from now on it is published by a second
    person only.

    :raises NotNow: it is no draft.
    :raises NothingWritten: it is empty, or questions of the skeleton still stand in it.
    :raises SecondPersonNeeded: the reviewer wrote it.
    """
    draft = _claim(postmortem, State.DRAFT)
    _check_text(draft)
    draft.author = draft.author or by
    if reviewer == draft.author:
        raise SecondPersonNeeded(_("You wrote it: choose somebody else to review it."))
    draft.state, draft.reviewer, draft.returned_because = State.REVIEW, reviewer, ""
    draft.handed_on_at = draft.incident.story_time(now)
    draft.save(update_fields=["author", "reviewer", *_HANDED_ON])
    postmortem_letters.ask(postmortem=draft, by=by, now=now)
    return draft


@transaction.atomic
def send_back(*, postmortem: Postmortem, reason: str, by: User, now: datetime) -> Postmortem:
    """Let the author change it, who is told why.

    :raises NotNow: nobody reviews it, or its notice waits for approval.
    :raises ReasonMissing: the author would not know what to change.
    """
    reviewed = _claim(postmortem, State.REVIEW)
    _check_not_waiting(reviewed)
    if not reason.strip():
        raise ReasonMissing(_("Say what is to be changed."))
    reviewed.state, reviewed.returned_because = State.DRAFT, reason.strip()[:500]
    reviewed.handed_on_at = reviewed.incident.story_time(now)
    reviewed.save(update_fields=_HANDED_ON)
    postmortem_letters.give_back(postmortem=reviewed, by=by, now=now)
    return reviewed


@transaction.atomic
def publish(*, postmortem: Postmortem, by: User, now: datetime) -> Postmortem:
    """Show it on the incident page, and tell by an update whom the plan tells.

    Where the plan wants that approved, it stays in review until it is.

    :raises NotNow: it is published, or has a reviewer and was not submitted.
    :raises NotOver: the incident was opened again.
    :raises NothingWritten: it is empty, or questions of the skeleton still stand in it.
    :raises SecondPersonNeeded: it has a reviewer, and this is its author.
    """
    claimed = _claim(postmortem, State.DRAFT, State.REVIEW)
    check(postmortem=claimed, by=by)
    update = updates.publish(incident=claimed.incident, draft=notice(claimed), by=by, now=now)
    claimed.notice, claimed.state = update, State.REVIEW
    claimed.save(update_fields=["notice", "state"])
    if update.state == Update.State.PUBLISHED:
        postmortem_drafts.follow(update=update)
    claimed.refresh_from_db()
    return claimed


def check(*, postmortem: Postmortem, by: User) -> None:
    """:raises NotPossible: as publish() would."""
    if postmortem.state == State.PUBLISHED:
        raise NotNow(_("It is published already."))
    _check_not_waiting(postmortem)
    _check_over(postmortem.incident)
    _check_text(postmortem)
    if postmortem.reviewer_id is None:
        return
    if postmortem.state != State.REVIEW:
        raise NotNow(_("Submit it for review again; then it can be published."))
    if by == postmortem.author:
        raise SecondPersonNeeded(
            _("You wrote it, and it has a reviewer: a second person publishes it.")
        )


def notice(postmortem: Postmortem) -> UpdateDraft:
    """The update that tells of it: the summary, and where there is none, the text itself."""
    texts = {
        code: postmortem.summary.get(code) or postmortem.body.get(code, "")
        for code in languages.codes()
    }
    written = {code: text for code, text in texts.items() if text.strip()}
    return UpdateDraft(status=Status.POSTMORTEM, public_text=written)


def missing_languages(postmortem: Postmortem) -> list[str]:
    """Those whose readers will get the text in another language."""
    return [code for code in languages.codes() if not postmortem.body.get(code, "").strip()]


def _claim(postmortem: Postmortem, *states: Postmortem.State) -> Postmortem:
    told_together.hold(incident_id=postmortem.incident_id)
    claimed = Postmortem.objects.select_related("incident", "author", "reviewer", "notice").get(
        pk=postmortem.pk
    )
    if claimed.state in states:
        return claimed
    raise NotNow(
        {
            State.DRAFT: _("It is a draft: submit it for review first."),
            State.REVIEW: _("It is being reviewed: let it be sent back to change it."),
            State.PUBLISHED: _("It is published already."),
        }[State(claimed.state)]
    )


def _check_not_waiting(postmortem: Postmortem) -> None:
    if postmortem.waits_for_approval:
        raise NotNow(_("Its notice waits for approval: decide on that first."))


def _check_over(incident: Incident) -> None:
    if head := incident.merged_into:
        words = _("It is told within “%(head)s”: write one post-mortem for both, there.")
        raise NotOver(words % {"head": languages.spoken(head.title)})
    if incident.kind != Kind.INCIDENT:
        raise NotOver(_("A maintenance has no post-mortem: say in an update what happened."))
    if not incident.is_over:
        raise NotOver(_("The incident is not over: resolve it, then publish the post-mortem."))


def _check_text(postmortem: Postmortem) -> None:
    if not any(text.strip() for text in postmortem.body.values()):
        raise NothingWritten(_("Write the text in at least one language."))
    texts = (postmortem.summary, postmortem.body)
    open_in = sorted({code for one in texts for code in postmortem_drafts.unanswered(one)})
    if open_in:
        raise NothingWritten(
            _("Questions in square brackets still stand in the text (%(codes)s): answer them.")
            % {"codes": ", ".join(open_in)}
        )
