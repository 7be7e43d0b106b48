from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.models.contacts import Contact
from audiences.models.kinds import Channel, Purpose


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
        "audiences.Segment",
        models.PROTECT,
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


class ConsentEvent(models.Model):
    """One thing somebody agreed to or took back, kept as evidence; rows are only ever added.

    What list it was about, and as what it was known then, stays on record when the list is gone.
    """

    class Kind(models.TextChoices):
        REQUESTED = "requested", _("requested")
        GIVEN = "given", _("given")
        WITHDRAWN = "withdrawn", _("withdrawn")

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="consents", verbose_name=_("contact")
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    # For notices: which list, on which channel.
    segment = models.ForeignKey(
        "audiences.Segment",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("segment"),
        db_index=False,
    )
    list_name = models.CharField(_("list"), max_length=300, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, blank=True)
    # Which address it was about, so far that its owner recognises it; they may have another since.
    address = models.CharField(_("address"), max_length=320, blank=True)
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    source = models.CharField(_("source"), max_length=10, choices=Subscription.Source)
    at = models.DateTimeField(_("at"), default=timezone.now)
    network_address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    # Which wording was agreed to, so that it can be shown later.
    text_version = models.CharField(_("text version"), max_length=40, blank=True)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                condition=Q(segment=None) | ~Q(list_name=""), name="consent_names_its_list"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} · {self.get_kind_display()}"
