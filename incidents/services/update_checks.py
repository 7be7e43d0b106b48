"""Whether an update can be said, as it is and at that moment."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from incidents.models import Incident, Status, Update
from incidents.models.facts import PUBLIC_FACTS, facts_of
from incidents.models.plans import Kind
from incidents.models.status import OF_INCIDENT, OF_MAINTENANCE
from incidents.services import checking, leaks, promises, proposals, timeline, told_together
from incidents.services.promises import needs_promise
from messaging.services import rendering

# Facts, layout and, in plain text, the same again come on top.
_LARGEST_KB = 40
_BEFORE_WORK = (Status.SCHEDULED, Status.CANCELLED)


class CannotPublish(ValueError):
    """The update was refused and nothing was changed; the message says what to mend."""


class NotOpen(CannotPublish):
    pass


class DrillIsOver(CannotPublish):
    pass


class NothingToSay(CannotPublish):
    pass


class PromiseMissing(CannotPublish):
    pass


class PromiseInThePast(CannotPublish):
    pass


class PromiseTooEarly(CannotPublish):
    pass


class PromiseTooFar(CannotPublish):
    pass


class WrongStatus(CannotPublish):
    pass


class NotForAll(CannotPublish):
    pass


class Outdated(CannotPublish):
    pass


class BreaksRules(CannotPublish):
    """The text breaks rules of the check that bind, by its plan or always."""


class TooLong(CannotPublish):
    pass


class ToldElsewhere(CannotPublish):
    """Who tells it, and together with what, would not fit."""


def statuses_for(incident: Incident) -> tuple[Status, ...]:
    """The statuses an update of this incident may carry, in the order of the story.

    Work that has begun was not called off, and its clock must not begin it once more.
    """
    if incident.kind != Kind.MAINTENANCE:
        return OF_INCIDENT
    has_begun = incident.status in timeline.UNDER_WAY
    return tuple(one for one in OF_MAINTENANCE if not (has_begun and one in _BEFORE_WORK))


def check(update: Update) -> None:
    """Whether an update can be said at the moment it carries, stored or not.

    :raises CannotPublish: one of its subclasses says why not.
    """
    incident = update.incident
    if incident.is_ended_drill:
        raise DrillIsOver(_("This drill is over: nobody hears anything of it any more."))
    if because := told_together.obstacle(update=update):
        raise ToldElsewhere(because)
    _check_status(update, incident)
    if not any(text.strip() for text in update.public_text.values()):
        raise NothingToSay(_("Write the public text in at least one language."))
    _check_promises(update)


def _check_status(update: Update, incident: Incident) -> None:
    if update.status not in statuses_for(incident):
        if update.status in _BEFORE_WORK and incident.kind == Kind.MAINTENANCE:
            raise WrongStatus(_("The work has begun: roll it back or complete it, and say so."))
        raise WrongStatus(_("This status does not belong to this kind of incident."))
    if update.audience and update.status != incident.status:
        raise NotForAll(_("What only some readers hear does not change the status."))


def _check_promises(update: Update) -> None:
    due_at, kind = update.next_update_due_at, update.incident.kind
    if due_at is None and needs_promise(kind=kind, status=update.status):
        raise PromiseMissing(_("Say when the next update comes."))
    promised = [at for at in (due_at, *update.promised_apart.values()) if at]
    if promised and update.status == Status.SCHEDULED:
        words = _(
            "Until work begins, customers hear with the reminders and the start: promise no other"
            " time."
        )
        raise PromiseTooEarly(words)
    if any(at <= update.published_at for at in promised):
        raise PromiseInThePast(_("The next update must be promised for the future."))
    farthest = promises.farthest(kind=kind)
    if any(at - update.published_at > farthest for at in promised):
        words = _("The next update must come within %(days)d days: promise an earlier one.")
        raise PromiseTooFar(words % {"days": farthest.days})


def check_facts(update: Update) -> None:
    """Whether customers may read what it changes of the facts, and its readers may see to that."""
    public = facts_of(update.incident, PUBLIC_FACTS)
    if update.audience and any(
        public[name] != update.facts.get(name, public[name]) for name in public
    ):
        raise NotForAll(_("What only some readers hear does not change what customers read."))
    then = proposals.as_it_would_be(update=update, statuses={})
    if found := leaks.brought_in(facts=then, changed=update.facts):
        raise BreaksRules(" ".join(found.values()))


def check_leaks(update: Update) -> None:
    """Whether a proposal says what has become internal since it was written.

    :raises BreaksRules, NotForAll: it does.
    """
    check_facts(update)
    if update.origin == Update.Origin.PERSON:
        _check_words(update, proposals.statuses_of(update), checking.always_binding())


def check_words(update: Update, statuses: Mapping[int, str]) -> None:
    """Whether a person's words fit into a mail, and break no rule that binds.

    :raises TooLong, BreaksRules: they do not.
    """
    for text in (*update.public_text.values(), *update.technical_text.values()):
        size = rendering.size_in_mail(text) // 1_000
        if size > _LARGEST_KB:
            words = _(
                "This text makes %(size)s kB of a mail, and mail programs cut off what is longer"
                " than 100 kB: shorten it to %(largest)s, and link to the rest."
            )
            raise TooLong(words % {"size": size, "largest": _LARGEST_KB})
    _check_words(update, statuses, checking.bound_by(update))


def _check_words(update: Update, statuses: Mapping[int, str], rules: Collection[str]) -> None:
    now = update.published_at
    bound = checking.binding(update=update, statuses=statuses, now=now, rules=rules)
    said = [
        f"{code}: {finding.message}" + (f" ({finding.quote})" if finding.quote else "")
        for code, findings in bound.items()
        for finding in findings
    ]
    if said:
        raise BreaksRules(_("It does not go out like this: %(why)s") % {"why": " · ".join(said)})
