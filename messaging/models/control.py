"""What steers the senders: who is at work, how fast they may go, and whether at all."""

from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from audiences.models import Channel


class LeaseQuerySet(models.QuerySet["Lease"]):
    def live(self) -> Self:
        return self.filter(until__gte=Now())

    def lapsed(self) -> Self:
        return self.filter(until__lt=Now())


class Lease(models.Model):
    """One sender at work. When it stops renewing, what it holds is handed out again."""

    owner = models.UUIDField(primary_key=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    until = models.DateTimeField(_("until"))

    objects = LeaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("sender at work")
        verbose_name_plural = _("senders at work")

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.owner}"


class Circuit(models.Model):
    """A channel whose provider refuses us: nothing goes out until a single message gets through.

    The row exists while the channel is stopped. `because` is a word and a code, as
    `services.circuits.Cause` writes them.
    """

    channel = models.CharField(_("channel"), max_length=10, choices=Channel, primary_key=True)
    because = models.CharField(_("stopped because"), max_length=300)
    opened_at = models.DateTimeField(_("stopped at"), db_default=Now())
    probes = models.PositiveIntegerField(_("tries since"), default=0)
    retry_at = models.DateTimeField(_("next try at"))

    class Meta:
        verbose_name = _("stopped channel")
        verbose_name_plural = _("stopped channels")

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.because}"


class RateLimit(models.Model):
    """How many messages a second may go out on a channel, or to one domain of it.

    A token bucket that every sender draws from; it holds a second's worth, and lives in the
    database, so that whatever else fails the limit still holds.
    """

    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    domain = models.CharField(
        _("recipient domain"),
        max_length=255,
        blank=True,
        help_text=_("For example gmail.com; empty for everybody on the channel."),
    )
    per_second = models.FloatField(_("messages per second"))
    tokens = models.FloatField(default=0, editable=False)
    filled_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("rate limit")
        verbose_name_plural = _("rate limits")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "domain"],
                name="rate_limit_once",
                violation_error_message=_("There is a limit for this already."),
            ),
            models.CheckConstraint(
                condition=models.Q(per_second__gt=0),
                name="rate_limit_is_positive",
                violation_error_message=_("The rate must be above 0; to stop, pause instead."),
            ),
        ]

    def __str__(self) -> str:
        where = self.domain or self.get_channel_display()
        return f"{where}: {self.per_second:g}/s"
