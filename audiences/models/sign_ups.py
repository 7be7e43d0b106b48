from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.models.contacts import Contact
from audiences.models.kinds import Channel


class SignUp(models.Model):
    """What somebody typed into a public form, until a worker has answered it.

    The page itself looks nobody up: it does the same for everyone. The row lives for a day, for the
    limits on how often one address or one network may ask.
    """

    class Wish(models.TextChoices):
        SUBSCRIBE = "subscribe", _("subscribe")
        LINK = "link", _("personal link")
        MOVE = "move", _("change of address")
        # Not their own: one of ours wants to have it confirmed.
        CONFIRM = "confirm", _("confirmation")

    wish = models.CharField(_("wish"), max_length=10, choices=Wish)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    address = models.CharField(_("address"), max_length=320)
    # Whose address this is to become, or who is to confirm.
    contact = models.ForeignKey(
        Contact, models.CASCADE, null=True, related_name="+", verbose_name=_("contact")
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    # The numbers of the lists; some may be gone when it is answered.
    segments = models.JSONField(_("segments"), default=list, blank=True)
    is_shared = models.BooleanField(_("shared address"), default=False)
    # Who of the team answers for it, see Colleague: internal lists are open to the address then.
    vouched_by = models.CharField(_("vouched for by"), max_length=320, blank=True)
    network_address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    # What counts as one visitor, see services/sign_ups.py.
    network = models.CharField(_("network"), max_length=50, blank=True)
    text_version = models.CharField(_("text version"), max_length=40, blank=True)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        indexes = [
            # Serve the limits.
            models.Index(fields=["address", "asked_at"], name="sign_up_by_address"),
            models.Index(fields=["network", "asked_at"], name="sign_up_by_network"),
            # Serves the worker: what is still to be answered.
            models.Index(fields=["id"], condition=Q(answered_at=None), name="sign_up_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.get_wish_display()} · {self.get_channel_display()}"
