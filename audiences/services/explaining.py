"""Why somebody is in a segment, or is not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Value, When
from django.utils.translation import gettext as _

from audiences import rules
from audiences.models import (
    LOUD,
    Channel,
    Contact,
    Segment,
    Severity,
    Subscription,
    Suppression,
    address_field,
)
from audiences.models.segments import SegmentWorld
from audiences.quiet import QuietHours
from audiences.rules import describing, fields
from audiences.rules.compiling import condition
from audiences.rules.tree import All, AnyOf, InSegment, Leaf, Node, Not, Test, Uses, leaves

MAX_COMPONENTS = 20


@dataclass(frozen=True)
class Verdict:
    """One part of the rule, whether it is true of the person, and what the person has there."""

    words: str
    is_true: bool
    value: str = ""
    # The segment it refers to, whose own explanation says more.
    segment: Segment | None = None
    parts: tuple["Verdict", ...] = ()


@dataclass(frozen=True)
class Wishes:
    """What the person asked for on a channel, which keeps messages from who is in a segment."""

    # Of a pause that lasts.
    paused_until: datetime | None
    severity: Severity
    # Where the channel makes a noise, and until when it is quiet now.
    quiet: QuietHours | None
    quiet_until: datetime | None

    @property
    def is_unwanted(self) -> bool:
        return self.severity == Severity.NEVER


@dataclass(frozen=True)
class OnChannel:
    """Whether the person hears the segment on a channel, and everything that decides it."""

    channel: Channel
    is_named: bool
    by_rule: bool
    subscription: Subscription | None
    address: str
    suppression: Suppression | None
    wishes: Wishes

    @property
    def is_told(self) -> bool:
        """Whether there is a notice that would be sent at the moment."""
        is_reached = bool(self.address) and self.suppression is None
        is_silenced = bool(self.wishes.paused_until) or self.wishes.is_unwanted
        return self.is_named and is_reached and not is_silenced


@dataclass(frozen=True)
class Explanation:
    verdict: Verdict | None
    channels: list[OnChannel] = field(default_factory=list)


def explain(*, segment: Segment, contact: Contact, now: datetime) -> Explanation:
    """Say of every condition whether it is true of this person, and what else stands for or
    against a message. The database answers, as it does when a broadcast starts.

    :raises InvalidRule: see Segment.names().
    """
    node = rules.parse(segment.rule)
    verdict = _Judge(segment, contact).verdict(node) if node else None
    by_rule = verdict is not None and verdict.is_true
    channels = [_on_channel(segment, contact, name, by_rule, now) for name in Channel]
    return Explanation(verdict, channels)


def _on_channel(
    segment: Segment, contact: Contact, channel: Channel, by_rule: bool, now: datetime
) -> OnChannel:
    address = getattr(contact, address_field(channel))
    suppressions = Suppression.objects.active().filter(channel=channel, address=address)
    return OnChannel(
        channel=channel,
        is_named=Contact.objects.filter(segment.names(channel), pk=contact.pk).exists(),
        by_rule=by_rule and segment.has_rule(channel),
        subscription=contact.subscriptions.filter(segment=segment, channel=channel).first(),
        address=address,
        suppression=suppressions.first() if address else None,
        wishes=_wishes(contact, channel, now),
    )


def _wishes(contact: Contact, channel: Channel, now: datetime) -> Wishes:
    until = contact.paused_until
    quiet = _quiet(contact) if channel in LOUD else None
    return Wishes(
        paused_until=until if until and until > now else None,
        severity=Severity(getattr(contact, f"{channel}_from")),
        quiet=quiet,
        quiet_until=quiet.ends_at(now) if quiet else None,
    )


def _quiet(contact: Contact) -> QuietHours | None:
    begin, end = contact.quiet_from, contact.quiet_until
    if begin is None or end is None or begin == end:
        return None
    return QuietHours(contact.zone, begin, end)


class _Judge:
    """Asks the database about all conditions at once, then reads the tree."""

    def __init__(self, segment: Segment, contact: Contact) -> None:
        self.segment, self.contact = segment, contact
        self.segments = {
            one.slug: one for one in Segment.objects.filter(slug__in=rules.referenced(segment.rule))
        }
        self.truth = dict(self._ask())

    def _ask(self) -> Iterator[tuple[Leaf, bool]]:
        world = SegmentWorld(Channel.EMAIL, path=(self.segment.slug,))
        node = rules.parse(self.segment.rule)
        asked = list(dict.fromkeys(leaves(node))) if node else []
        answers: Mapping[str, Any] = (
            Contact.objects.filter(pk=self.contact.pk)
            .annotate(
                **{
                    f"answer_{number}": Case(
                        When(condition(leaf, world), then=Value(True)),
                        default=Value(False),
                        output_field=BooleanField(),
                    )
                    for number, leaf in enumerate(asked)
                }
            )
            .values(*(f"answer_{number}" for number in range(len(asked))))
            .get()
        )
        for number, leaf in enumerate(asked):
            yield leaf, bool(answers[f"answer_{number}"])

    def verdict(self, node: Node) -> Verdict:
        match node:
            case All(parts):
                judged = tuple(self.verdict(part) for part in parts)
                return Verdict(_("All of these"), all(one.is_true for one in judged), parts=judged)
            case AnyOf(parts):
                judged = tuple(self.verdict(part) for part in parts)
                words = _("At least one of these")
                return Verdict(words, any(one.is_true for one in judged), parts=judged)
            case Not(All() | AnyOf() | Not() as part):
                inner = self.verdict(part)
                return Verdict(_("Not this"), not inner.is_true, parts=(inner,))
            case Not(part):
                return self._leaf(part, node)
            case leaf:
                return self._leaf(leaf, leaf)

    def _leaf(self, leaf: Any, said: Node) -> Verdict:
        names = {slug: segment.name for slug, segment in self.segments.items()}
        is_true = self.truth[leaf]
        return Verdict(
            words=describing.capital(describing.sentence(said, names)),
            is_true=is_true if said is leaf else not is_true,
            value=self._value(leaf),
            segment=self.segments.get(leaf.slug) if isinstance(leaf, InSegment) else None,
        )

    def _value(self, leaf: Leaf) -> str:
        match leaf:
            case Uses():
                return self._components()
            case Test(name) if attribute := fields.attribute(name):
                value = self.contact.attributes.get(attribute)
                return "" if value is None else fields.value_label(name, value)[:200]
            case Test(name):
                return fields.value_label(name, _reach(self.contact, fields.COLUMNS[name].path))
        return ""

    def _components(self) -> str:
        if self.contact.account is None:
            return _("no account")
        uses = self.contact.account.uses.order_by("component")
        return ", ".join(uses.values_list("component", flat=True)[:MAX_COMPONENTS])


def _reach(start: Any, path: str) -> Any:
    """What lies at the end of a path of relations; "" where one of them leads nowhere."""
    found = start
    for name in path.split("__"):
        found = getattr(found, name, None)
    return "" if found is None else found
