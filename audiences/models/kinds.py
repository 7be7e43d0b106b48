"""The words that the tables below share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


# What makes a noise: quiet hours hold it back.
LOUD = frozenset({Channel.SMS})


class Detail(models.TextChoices):
    """How much a reader is entitled to; `TECHNICAL` includes everything public."""

    PUBLIC = "public", _("public")
    TECHNICAL = "technical", _("technical")


class Severity(models.IntegerChoices):
    """How bad it is, for whoever wants to hear on a channel only from some point on."""

    ANY = 0, _("everything")
    MINOR = 1, _("minor or worse")
    MAJOR = 2, _("major or worse")
    CRITICAL = 3, _("critical only")
    # No notice is this severe.
    NEVER = 9, _("nothing")


class Purpose(models.TextChoices):
    """What somebody agreed to be written to about; each needs a consent of its own."""

    NOTICE = "notice", _("service notices")
    FEEDBACK = "feedback", _("feedback requests")


class AudienceKind(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    PARTNER = "partner", _("partner")
    INTERNAL = "internal", _("internal")


_ADDRESS = {Channel.EMAIL: "email", Channel.SMS: "phone"}


def address_field(channel: str) -> str:
    """The contact's field that holds its address on a channel."""
    return _ADDRESS[Channel(channel)]
