import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences import rules


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class Detail(models.TextChoices):
    """How much a reader is entitled to; `TECHNICAL` includes everything public."""

    PUBLIC = "public", _("public")
    TECHNICAL = "technical", _("technical")


class AudienceKind(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    PARTNER = "partner", _("partner")
    INTERNAL = "internal", _("internal")


class Account(models.Model):
    """A customer company or a partner; people belong to it."""

    class Tier(models.TextChoices):
        STANDARD = "standard", _("standard")
        KEY = "key", _("key account")

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(
        _("kind"), max_length=10, choices=AudienceKind, default=AudienceKind.CUSTOMER
    )
    tier = models.CharField(_("tier"), max_length=10, choices=Tier, default=Tier.STANDARD)
    account_manager = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, verbose_name=_("account manager")
    )
    external_id = models.CharField(_("external id"), max_length=100, null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="account_external_id_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person we can reach: by e-mail, by phone, or both."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.CharField(
        _("e-mail"), max_length=320, blank=True, help_text=_("Stored in lower case.")
    )
    phone = models.CharField(
        _("phone"), max_length=16, blank=True, help_text=_("E.164, for example +4915123456789.")
    )
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    # A feedback request is advertising where German law applies: it needs a consent of its own.
    feedback_consent_at = models.DateTimeField(
        _("agreed to feedback requests at"), null=True, blank=True
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=~Q(email=""),
                name="contact_email_once",
                violation_error_message=_("There is a contact with this e-mail address."),
            ),
            # Several people may share a phone; without an e-mail the number is the identity.
            models.UniqueConstraint(
                fields=["phone"],
                condition=Q(email=""),
                name="contact_phone_once",
                violation_error_message=_("There is a contact with this phone number."),
            ),
            models.CheckConstraint(
                condition=~Q(email="", phone=""),
                name="contact_is_reachable",
                violation_error_message=_("Give an e-mail address or a phone number."),
            ),
        ]
        indexes = [
            # Serves replies (who wrote to us from this number) and audience.is_repeated() (who else
            # reads what is sent to it).
            models.Index(fields=["phone"], condition=~Q(phone=""), name="contact_by_phone"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone


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


_ADDRESS = {Channel.EMAIL: "email", Channel.SMS: "phone"}


def address_field(channel: str) -> str:
    """The contact's field that holds its address on a channel."""
    return _ADDRESS[Channel(channel)]


class Subscription(models.Model):
    """A contact hears a segment on one channel, with the evidence of how that came about."""

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("unconfirmed")
        CONFIRMED = "confirmed", _("confirmed")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")

    class Source(models.TextChoices):
        STAFF = "staff", _("staff")
        IMPORT = "import", _("import")
        SELF = "self", _("self-service")
        LINK = "link", _("link in a message")

    # The constraint and the index below begin with these; an index on the segment alone would
    # besides be taken for a window of its members, and all of them be read each time.
    contact = models.ForeignKey(
        Contact,
        models.CASCADE,
        related_name="subscriptions",
        verbose_name=_("contact"),
        db_index=False,
    )
    segment = models.ForeignKey(
        Segment,
        models.CASCADE,
        related_name="subscriptions",
        verbose_name=_("segment"),
        db_index=False,
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.UNCONFIRMED)
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.STAFF)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            # Serves the membership test in Segment.members().
            models.UniqueConstraint(
                fields=["contact", "segment", "channel"], name="subscription_once"
            ),
        ]
        indexes = [
            # Serves the members in a window of ids: recipients.freeze() and forecast().
            models.Index(fields=["segment", "channel", "state", "contact"], name="segment_members")
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.segment} · {self.get_channel_display()}"


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def active(self) -> Self:
        return self.filter(lifted_at=None)


class Suppression(models.Model):
    """An address we must not write to on one channel, whoever asks."""

    class Reason(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", _("hard bounce")
        COMPLAINT = "complaint", _("complaint")
        STOP = "stop", _("STOP")
        STAFF = "staff", _("staff")
        ERASURE = "erasure", _("erasure")

    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    address = models.CharField(_("address"), max_length=320)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, verbose_name=_("lifted by")
    )
    lifted_because = models.CharField(_("lifted because"), max_length=500, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [
            # Serves the anti-join in recipients.freeze(), and makes suppressing twice harmless.
            models.UniqueConstraint(
                fields=["channel", "address"],
                condition=Q(lifted_at=None),
                name="suppression_once",
                violation_error_message=_("This address is suppressed already."),
            ),
            # A STOP is its owner's to take back, by START; everything else needs a person of ours.
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | (
                    (Q(lifted_by__isnull=False) | Q(reason="stop"))
                    & Q(lifted_at__isnull=False)
                    & ~Q(lifted_because="")
                ),
                name="suppression_lifted_with_reason",
                violation_error_message=_("Lifting needs a person, a time and a reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} · {self.get_reason_display()}"
