from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from audiences import rules
from audiences.fields import TextsField
from audiences.models.contacts import Contact
from audiences.models.kinds import AudienceKind, Channel, Detail, address_field
from audiences.models.subscriptions import Subscription


class Tone(models.TextChoices):
    """How its people are spoken to; German says Sie or du."""

    FORMAL = "formal", _("formal")
    FRIENDLY = "friendly", _("friendly")


class Segment(models.Model):
    """A named audience: members by subscription, by rule, or both."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
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
        return self.name

    def clean(self) -> None:
        try:
            # The database has the last word on what can be compared.
            with transaction.atomic():
                Contact.objects.filter(rules.compile(self.rule)).exists()
        except rules.InvalidRule as error:
            raise ValidationError({"rule": str(error)}) from error
        except (DatabaseError, ValueError, TypeError, OverflowError) as error:
            raise ValidationError({"rule": _("This rule cannot be used.")}) from error

    def members(self, channel: str) -> models.QuerySet[Contact]:
        """Everyone who hears this segment on a channel and has an address there."""
        return Contact.objects.filter(self.names(channel)).exclude(**{address_field(channel): ""})

    def names(self, channel: str, ids: range | None = None) -> Q:
        """The condition on contacts to hear this segment on a channel: confirmed subscribers, and
        by e-mail those the rule names. Whoever unsubscribed is out, also where a rule would name
        them. `ids` are the contacts it is asked about, where they are known: the database then
        reads their subscriptions alone, once, and not those of everybody.
        """
        entitled = Q(Exists(self._subscribed(channel, Subscription.State.CONFIRMED, ids)))
        if self.has_rule(channel):
            entitled |= rules.compile(self.rule) & ~Q(self.has_lost(channel, ids))
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
