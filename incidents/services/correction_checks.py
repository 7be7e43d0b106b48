"""Whether a correction can be said."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from incidents.models import Update
from incidents.models.facts import facts_of
from incidents.services import promises, proposals
from incidents.services.correction_drafts import Correction, is_latest, meant, promisable
from incidents.services.update_checks import (
    CannotPublish,
    DrillIsOver,
    NothingToSay,
    Outdated,
    PromiseInThePast,
    PromiseTooFar,
)


class NothingCorrected(CannotPublish):
    pass


class PromiseIsPast(CannotPublish):
    """It was answered, or has passed: a new update promises the next one."""


class CannotBeSaid(CannotPublish):
    """A template lacks a text, or asks for what nobody knows."""


class NotTheLatest(CannotPublish):
    """Other words have followed: what they left is not changed by putting earlier ones right."""


def check(said: Update, statuses: Mapping[int, str]) -> None:
    """Whether a correction can be said at the moment it carries, stored or not.

    `statuses` is what it makes of the components, by their ids.

    :raises CannotPublish: one of its subclasses says why not.
    """
    incident, wrong = said.incident, said.corrects
    assert wrong, "it puts an update right"
    if incident.is_ended_drill:
        raise DrillIsOver(_("This drill is over: nobody hears anything of it any more."))
    if wrong.as_corrected.pk != said.proposal["after"]:
        words = _("Somebody else has corrected it meanwhile. Read it, then correct it again.")
        raise Outdated(words)
    if not any(text.strip() for text in said.public_text.values()):
        raise NothingToSay(_("Write the public text in at least one language."))
    if _changes_facts(said, statuses) and not is_latest(wrong):
        words = _("Something was said after it: publish an update about what is different now.")
        raise NotTheLatest(words)
    _check_promises(said, wrong)


def _changes_facts(said: Update, statuses: Mapping[int, str]) -> bool:
    """Whether the incident, or a service, is otherwise after it."""
    facts = dict(said.facts) != facts_of(said.incident, tuple(said.facts))
    return facts or bool(proposals.changes(update=said, statuses=statuses))


def _check_promises(said: Update, wrong: Update) -> None:
    at, farthest = said.published_at, promises.farthest(kind=said.incident.kind)
    times = meant(said)
    if times.keys() - promisable(update=wrong, at=at).keys():
        words = _("What was promised has passed, or was answered: publish an update.")
        raise PromiseIsPast(words)
    if any(due_at <= at for due_at in times.values()):
        raise PromiseInThePast(_("The next update must be promised for the future."))
    if any(due_at - at > farthest for due_at in times.values()):
        words = _("The next update must come within %(days)d days: promise an earlier one.")
        raise PromiseTooFar(words % {"days": farthest.days})


def check_new(said: Update, correction: Correction) -> None:
    """Whether it can be said, and says something else than what holds; but for binding rules.

    :raises CannotPublish: one of its subclasses says why not.
    """
    wrong = said.corrects
    assert wrong, "it puts an update right"
    if not wrong.is_published:
        raise NothingCorrected(_("It was never said: there is nothing to correct."))
    if correction.after not in (None, wrong.as_corrected.pk):
        words = _("Somebody else has corrected it meanwhile. Read it, then correct it again.")
        raise Outdated(words)
    statuses = correction.component_statuses
    check(said, statuses)
    before = wrong.as_corrected
    texts = [(before.public_text, before.technical_text), (said.public_text, said.technical_text)]
    if texts[0] == texts[1] and said.withdraws:
        raise NothingCorrected(_("Say what they read instead, that it was not meant for them."))
    if texts[0] == texts[1] and not (meant(said) or _changes_facts(said, statuses)):
        raise NothingCorrected(_("Nothing has been changed: correct what is wrong."))
