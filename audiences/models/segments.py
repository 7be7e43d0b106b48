from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.db.models import Exists, Expression, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences import languages, rules
from audiences.fields import TextsField
from audiences.models import locales, referrers
from audiences.models.accounts import Account, ComponentUse
from audiences.models.contacts import Contact
from audiences.models.kinds import AudienceKind, Channel, Detail, address_field
from audiences.models.subscriptions import ConsentEvent, Subscription


class Tone(models.TextChoices):
    """How its people are spoken to; German says Sie or du."""

    FORMAL = "formal", _("formal")
    FRIENDLY = "friendly", _("friendly")


class SegmentQuerySet(models.QuerySet["Segment"]):
    def in_use(self) -> Self:
        return self.filter(is_archived=False)

    def delete(self) -> tuple[int, dict[str, int]]:
        """:raises ProtectedError: the rule of another segment refers to one of these, or it is in
        use or on record, see obstacles()."""
        if words := obstacles(self.order_by("name")):
            raise models.ProtectedError(" ".join(words), set(self))
        mine = set(self.values_list("slug", flat=True))
        if others := [one for one in referring(mine) if one.slug not in mine]:
            raise models.ProtectedError(_refused(others), set(others))
        return super().delete()

    # As Django has it: a manager offers no way to delete everything.
    delete.queryset_only = True  # type: ignore[attr-defined]


class Segment(models.Model):
    """A named audience: members by subscription, by rule, or both."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    public_name = TextsField(
        _("name for its readers"),
        blank=True,
        help_text=_("In messages and on public pages. Empty: the name above."),
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=AudienceKind, default=AudienceKind.CUSTOMER
    )
    detail = models.CharField(
        _("detail level"), max_length=10, choices=Detail, default=Detail.PUBLIC
    )
    tone = models.CharField(_("tone"), max_length=10, choices=Tone, default=Tone.FORMAL)
    description = TextsField(
        _("description"), blank=True, help_text=_("Shown on the subscribe page.")
    )
    # What its members follow: one component or one incident, for example "component:shop".
    topic = models.CharField(_("follows"), max_length=100, blank=True, editable=False)
    rule = models.JSONField(
        _("rule"),
        default=dict,
        blank=True,
        help_text=_('For example {"all": [{"field": "account.tier", "equals": "key"}]}.'),
    )
    is_listed = models.BooleanField(
        _("listed"), default=False, help_text=_("Offered on the public subscribe page.")
    )

    # What people said about it outlives its use: with their rows, a No would be forgotten.
    is_archived = models.BooleanField(
        _("archived"),
        default=False,
        help_text=_(
            "Reaches nobody any more, and is offered nowhere. Who joined it and who left it stays"
            " on record."
        ),
    )

    objects = SegmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [
            models.CheckConstraint(
                condition=~Q(detail=Detail.TECHNICAL) | Q(kind=AudienceKind.INTERNAL),
                name="segment_technical_is_internal",
                violation_error_message=_("Technical detail is for internal segments only."),
            ),
            models.UniqueConstraint(
                fields=["topic"], condition=~Q(topic=""), name="segment_once_per_topic"
            ),
        ]

    def __str__(self) -> str:
        if self.is_archived:
            return gettext("%(name)s (archived)") % {"name": self.name}
        return self.name

    @property
    def spoken_name(self) -> str:
        """What its readers know it by, in the language spoken at the moment."""
        return languages.spoken(self.public_name) or self.name

    @property
    def evidence_name(self) -> str:
        """As it stands in evidence, which outlives it."""
        return f"{self.name} ({self.slug})"

    def clean(self) -> None:
        """:raises ValidationError: see check_rule(), or it is archived or has another slug while
        other rules refer to it."""
        try:
            # The database has the last word on what can be compared.
            with transaction.atomic():
                self.check_rule()
                Contact.objects.filter(self.names(Channel.EMAIL)).exists()
        except rules.InvalidRule as error:
            raise ValidationError({"rule": str(error)}) from error
        except (DatabaseError, ValueError, TypeError, OverflowError) as error:
            raise ValidationError({"rule": _("This rule cannot be used.")}) from error
        if self.is_archived and self.topic:
            words = _("Who follows something cannot be archived: they end with what they follow.")
            raise ValidationError({"is_archived": words})
        old = Segment.objects.filter(pk=self.pk).first()
        is_going = {"slug": old and old.slug != self.slug, "is_archived": self.is_archived}
        for field, is_gone in is_going.items():
            if old and is_gone and (others := referring({old.slug})):
                raise ValidationError({field: _refused(others)})

    def check_rule(self) -> None:
        """See that the rule can be used, and whatever refers to it too.

        :raises InvalidRule: it is not understood, leads nowhere or back to this segment, or it
            makes another segment's rule too large.
        """
        rules.parse(self.rule)
        if self.pk is None and not rules.referenced(self.rule):
            return
        # One after the other: two segments must not come to refer to each other at once.
        others = Segment.objects.in_use().exclude(pk=self.pk).order_by("pk")
        others = others.select_for_update(no_key=True)
        all_rules = {**dict(others.values_list("slug", "rule")), self.slug: self.rule}
        rules.check_references(self.slug, all_rules)
        for slug in rules.leading_to(self.slug, all_rules):
            rules.check_references(slug, all_rules)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """:raises ProtectedError: see SegmentQuerySet.delete()."""
        if words := obstacles([self]):
            raise models.ProtectedError(" ".join(words), {self})
        if others := [one for one in referring({self.slug}) if one.pk != self.pk]:
            raise models.ProtectedError(_refused(others), set(others))
        return super().delete(*args, **kwargs)

    def members(self, channel: str) -> models.QuerySet[Contact]:
        """Everyone who hears this segment on a channel and has an address there."""
        return Contact.objects.filter(self.names(channel)).exclude(**{address_field(channel): ""})

    def names(self, channel: str, ids: range | None = None, path: tuple[str, ...] = ()) -> Q:
        """The condition on contacts to hear this segment on a channel: confirmed subscribers, and
        by e-mail those the rule names. Whoever unsubscribed is out, also where a rule would name
        them. `ids` are the contacts it is asked about, where they are known: the database then
        reads their subscriptions alone, once, and not those of everybody. `path` are the segments
        whose rules led here. An archived one has nobody.

        :raises InvalidRule: the rule leads to no segment, or back to one in the path.
        """
        if self.is_archived:
            return Q(pk__in=())
        entitled = Q(Exists(self._subscribed(channel, Subscription.State.CONFIRMED, ids)))
        if self.has_rule(channel):
            world = SegmentWorld(channel, ids, (*path, self.slug))
            entitled |= rules.compile(self.rule, world=world) & ~Q(self.has_lost(channel, ids))
        return entitled

    def has_rule(self, channel: str) -> bool:
        """Whether it names people who never subscribed: a rule does so by e-mail only."""
        return bool(self.rule) and channel == Channel.EMAIL

    def has_lost(self, channel: str, ids: range | None = None) -> Exists:
        """The condition on contacts to have unsubscribed from this segment on a channel."""
        return Exists(self._subscribed(channel, Subscription.State.UNSUBSCRIBED, ids))

    def _subscribed(
        self, channel: str, state: str, ids: range | None
    ) -> models.QuerySet["Subscription"]:
        here = Subscription.objects.filter(
            contact=OuterRef("pk"), segment=self.pk, channel=channel, state=state
        )
        return here if ids is None else here.filter(contact__gte=ids.start, contact__lt=ids.stop)


@dataclass(frozen=True)
class SegmentWorld:
    """What a segment's rule refers to, on one channel; see rules.World."""

    channel: str
    ids: range | None = None
    path: tuple[str, ...] = ()

    @property
    def today(self) -> date:
        return timezone.localdate()

    def has_account(self, test: Q) -> Q:
        return Q(Exists(Account.objects.filter(test, pk=OuterRef("account"))))

    def heard(self, name: str) -> Expression:
        return locales.heard(name)

    def uses(self, component: str) -> Q:
        here = ComponentUse.objects.filter(account=OuterRef("account"), component=component)
        return Q(Exists(here))

    def is_in(self, slug: str) -> Q:
        """Hears that segment on the same channel, by subscription or by its own rule."""
        if slug in self.path:
            raise rules.InvalidRule(rules.circle((*self.path, slug)))
        segment = Segment.objects.filter(slug=slug).first()
        if segment is None:
            raise rules.InvalidRule(rules.missing(slug))
        return segment.names(self.channel, self.ids, self.path)


def referring(slugs: set[str]) -> list[Segment]:
    """The segments whose rules refer to one of these."""
    with_rule = Segment.objects.exclude(rule={}).order_by("name")
    return [one for one in with_rule if slugs & set(rules.referenced(one.rule))]


def obstacles(segments: Iterable[Segment]) -> list[str]:
    """What stands against deleting each of these; evidence of consents alone outlives it."""
    words = gettext(
        "“%(name)s” is in use or on record: %(what)s. With it, a No would be forgotten, links in"
        " messages would stop nothing, or a plan would tell fewer people. Archive it instead."
    )
    used = {one: ", ".join(referrers.of(one, but=ConsentEvent)) for one in segments}
    return [words % {"name": one.name, "what": what} for one, what in used.items() if what]


def _refused(others: list[Segment]) -> str:
    return gettext("The rules of these segments refer to it: %(names)s. Change them first.") % {
        "names": ", ".join(f"“{one.name}”" for one in others)
    }
