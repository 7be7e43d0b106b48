"""You said, we changed: published where customers spoke of it, and told to those who did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages
from audiences.models import Channel, Contact, Suppression
from feedback.models import Answer, Response
from incidents.models import Improvement, Incident, Plan
from messaging import merging
from messaging.models import Broadcast
from messaging.services import letters, plain_text
from messaging.services.letters import Words

# How long the status page tells it.
SHOWN_FOR = timedelta(days=90)


class NotPossible(ValueError):
    """Nothing was changed; the message says what to do first."""


@dataclass(frozen=True)
class Speakers:
    """Those who spoke: who is told, and how many are not, and why."""

    told: Sequence[Contact]
    nameless: int
    without_consent: int
    barred: int


def incidents(*, improvement: Improvement) -> QuerySet[Incident]:
    """The public incidents that its comments are about; of anonymous ones that is not told."""
    threads = _named_threads(improvement)
    return Incident.objects.public().filter(key__in=threads).order_by("-started_at")


def published(*, incident: Incident) -> QuerySet[Improvement]:
    """What customers of an incident read of what their words changed."""
    said = _said(Incident.objects.filter(pk=incident.pk))
    found = Improvement.objects.filter(Exists(said), published_at__isnull=False)
    return found.order_by("published_at", "pk")


def elsewhere(*, now: datetime) -> QuerySet[Improvement]:
    """What has been published lately, and no incident's page tells."""
    late = Improvement.objects.filter(published_at__gt=now - SHOWN_FOR)
    return late.exclude(Exists(_said(Incident.objects.public()))).order_by("-published_at", "-pk")


def speakers(*, improvement: Improvement) -> Speakers:
    """Each person once; whoever answered without a name is told by the pages alone."""
    spoke = _responses(improvement)
    known = Contact.objects.filter(deliveries__response__in=spoke).distinct().order_by("pk")
    known = known.select_related("account")
    barred = set(
        Suppression.objects.active()
        .filter(channel=Channel.EMAIL, address__in=known.values("email"))
        .values_list("address", flat=True)
    )
    agreed = [one for one in known if one.feedback_consent_at]
    told = [one for one in agreed if one.email and one.email not in barred]
    return Speakers(
        told=told,
        nameless=spoke.filter(delivery__contact=None).count(),
        without_consent=len(known) - len(agreed),
        barred=len(agreed) - len(told),
    )


@transaction.atomic
def publish(*, improvement: Improvement, by: User, now: datetime) -> Improvement:
    """Let the incidents' pages tell it from now on, or the status page where it is of none;
    publishing twice changes nothing.

    :raises NotPossible: the plan's version is not in force yet, no comment is linked, or those that
        are speak of incidents that customers do not see.
    """
    improvement = _hold(improvement)
    if improvement.published_at:
        return improvement
    if improvement.plan and improvement.plan.status == Plan.Status.DRAFT:
        raise NotPossible(_("This version of the plan is a draft: put it in force first."))
    if not _responses(improvement).exists():
        raise NotPossible(_("Link the comments first: they decide where it is told."))
    about = Incident.objects.filter(key__in=_named_threads(improvement))
    if about.exists() and not incidents(improvement=improvement).exists():
        raise NotPossible(_("No comment about a public incident is linked: no page would tell it."))
    improvement.published_at, improvement.published_by = now, by
    improvement.save(update_fields=["published_at", "published_by"])
    return improvement


@transaction.atomic
def take_back(*, improvement: Improvement) -> Improvement:
    """Let no page tell it any more; it can be changed, and published again.

    :raises NotPossible: those who spoke were told: their message leads to it.
    """
    improvement = _hold(improvement)
    if improvement.broadcast_id:
        raise NotPossible(_("They were told already."))
    improvement.published_at = improvement.published_by = None
    improvement.save(update_fields=["published_at", "published_by"])
    return improvement


@transaction.atomic
def tell(*, improvement: Improvement, by: User, now: datetime) -> Broadcast:
    """Write to those who spoke, once.

    :raises NotPossible: it is not published, was told before, or there is nobody to tell.
    """
    improvement = _hold(improvement)
    if improvement.published_at is None:
        raise NotPossible(_("Publish it first: the message leads to where it stands."))
    if improvement.broadcast_id:
        raise NotPossible(_("They were told already."))
    told = speakers(improvement=improvement).told
    if not told:
        raise NotPossible(_("Nobody who spoke can be written to."))
    improvement.broadcast = letters.send_to_all(
        contacts=told,
        words=words(improvement=improvement),
        purpose=Broadcast.Purpose.OUTCOME,
        thread=f"improvement-{improvement.pk}",
        by=by,
        now=now,
    )
    improvement.save(update_fields=["broadcast"])
    return improvement.broadcast


def words(*, improvement: Improvement) -> Mapping[str, Words]:
    """The letter in each language."""
    about = incidents(improvement=improvement).first()
    page = f"incidents/{about.key}/" if about else ""
    found = {}
    for code in languages.codes():
        with override(code):
            found[code] = Words(
                subject=_("You said, we changed"),
                before=[
                    _(
                        "You told us what you thought of our messages. Thank you: it has changed"
                        " something."
                    ),
                    plain_text.to_text(languages.pick(improvement.text, code)).strip(),
                ],
                button=_("To the incident's page") if about else _("To the status page"),
                url=f"{settings.PUBLIC_BASE_URL}/{page}#improvements",
                after=[
                    _("You agreed to hear about your feedback. No more of it: %(address)s")
                    % {"address": merging.FIELDS["unsubscribe_url"]}
                ],
            )
    return found


def _responses(improvement: Improvement) -> QuerySet[Response]:
    return Response.objects.filter(answers__improvements=improvement).distinct()


def _named_threads(improvement: Improvement) -> QuerySet[Response, Any]:
    named = _responses(improvement).filter(delivery__isnull=False)
    return named.values("invitation__broadcast__thread")


def _said(about: QuerySet[Incident]) -> QuerySet[Answer]:
    """Comments about these incidents that an improvement, of the query around, heeds."""
    # By joins: a query within would read all that was ever answered about them.
    return Answer.objects.filter(
        improvements=OuterRef("pk"),
        response__delivery__isnull=False,
        response__invitation__broadcast__thread__in=about.values("key"),
    )


def _hold(improvement: Improvement) -> Improvement:
    held = Improvement.objects.select_for_update(of=("self",)).select_related("plan")
    return held.get(pk=improvement.pk)
