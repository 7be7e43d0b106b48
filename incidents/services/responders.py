"""Our own people: who can be called at a moment, and how."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Self

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from audiences import zones
from audiences.colleagues import called
from audiences.models import Channel, Suppression, address_field
from incidents.models import Incident, Responder

_MIDNIGHT = time(0)


class Problem(TextChoices):
    """Why somebody was not called."""

    ABSENT = "absent", _("absent")
    OFF_CALL = "off_call", _("not on call at this hour")
    NO_RESPONDER = "no_responder", _("not among the responders: no address is known")
    SUPPRESSED = "suppressed", _("no address that may be written to")
    INACTIVE = "inactive", _("no longer works here")
    NOT_ALLOWED = "not_allowed", _("may not publish updates")
    NOT_IN_DRILL = "not_in_drill", _("does not take part in this drill")


def explained(problem: str) -> str:
    return str(Problem(problem).label) if problem in Problem.values else problem


@dataclass(frozen=True)
class Roster:
    """Everybody who can be called, read once for many questions."""

    by_user: Mapping[int, Responder]
    # Channels and addresses that must not be written to.
    barred: Collection[tuple[str, str]] = ()

    @classmethod
    def read(cls) -> Self:
        rows = Responder.objects.select_related("contact__account", "user")
        found = list(rows.prefetch_related("on_call", "absences"))
        addresses = [at for row in found for at in (row.contact.email, row.contact.phone) if at]
        barred = Suppression.objects.active().filter(address__in=addresses)
        return cls(
            {row.user_id: row for row in found}, set(barred.values_list("channel", "address"))
        )

    def channels(self, responder: Responder, *, is_urgent: bool) -> list[str]:
        """By which channels somebody may be called: also by text message where it is urgent."""
        wanted = [Channel.EMAIL, *([Channel.SMS] if is_urgent else [])]
        known = {one: getattr(responder.contact, address_field(one)) for one in wanted}
        return [
            channel
            for channel, address in known.items()
            if address and (channel, address) not in self.barred
        ]

    def away(self, user: int, at: datetime) -> str:
        """Why somebody is not called at a moment; empty if they are."""
        return self.absent(user, at) or self._off_call(user, at)

    def absent(self, user: int, at: datetime) -> str:
        """The same where nobody is woken: the hours do not count, the days do."""
        responder = self.by_user.get(user)
        if responder is None:
            return ""
        day = _local(responder, at).date()
        is_away = any(one.from_on <= day <= one.until_on for one in responder.absences.all())
        return Problem.ABSENT.value if is_away else ""

    def _off_call(self, user: int, at: datetime) -> str:
        responder = self.by_user.get(user)
        hours = list(responder.on_call.all()) if responder else []
        if responder is None or not hours:
            return ""
        local = _local(responder, at)
        shown = local.time()
        is_on = any(
            one.weekday == local.weekday()
            and one.opens_at <= shown
            and (shown < one.closes_at or one.closes_at == _MIDNIGHT)
            for one in hours
        )
        return "" if is_on else Problem.OFF_CALL.value


def _local(responder: Responder, at: datetime) -> datetime:
    return at.astimezone(zones.named(responder.contact.zone))


def unreachable(
    user: User, *, roster: Roster, incident: Incident | None, is_urgent: bool, publishes: bool
) -> str:
    """Why nothing can be asked of somebody at any time; empty if something can."""
    if not user.is_active:
        return Problem.INACTIVE.value
    responder = roster.by_user.get(user.pk)
    if responder is None:
        return Problem.NO_RESPONDER.value
    if incident and not _takes_part(responder, incident):
        return Problem.NOT_IN_DRILL.value
    if publishes and not user.has_perm("incidents.change_incident"):
        return Problem.NOT_ALLOWED.value
    can_be = roster.channels(responder, is_urgent=is_urgent)
    return "" if can_be else Problem.SUPPRESSED.value


@dataclass(frozen=True)
class Choice:
    """Who can be reached first, if anybody can; and whom that passes over, and why."""

    user: User | None
    passed_over: Mapping[User, str]

    def __str__(self) -> str:
        names = (
            f"{called(user)} ({explained(problem)})" for user, problem in self.passed_over.items()
        )
        return ", ".join(names)


def first_reachable(
    users: Sequence[User], *, roster: Roster, incident: Incident, at: datetime, publishes: bool
) -> Choice:
    """The first who has an address, is there at this moment, and may do what is needed."""
    passed_over: dict[User, str] = {}
    for user in users:
        problem = unreachable(
            user, roster=roster, incident=incident, is_urgent=True, publishes=publishes
        ) or roster.away(user.pk, at)
        if not problem:
            return Choice(user, passed_over)
        passed_over[user] = problem
    return Choice(None, passed_over)


def _takes_part(responder: Responder, incident: Incident) -> bool:
    drill = getattr(incident, "drill", None) if incident.mode == Incident.Mode.DRILL else None
    return drill is None or drill.people.filter(pk=responder.pk).exists()
