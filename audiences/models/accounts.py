from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from audiences import zones
from audiences.folding import FoldedField
from audiences.models.kinds import AudienceKind


class Account(models.Model):
    """A customer company or a partner; people belong to it."""

    class Tier(models.TextChoices):
        STANDARD = "standard", _("standard")
        KEY = "key", _("key account")

    name = models.CharField(_("name"), max_length=200)
    # Searched alike on both databases, see services/lookup.py.
    name_folded = FoldedField(max_length=200, source="name")
    kind = models.CharField(
        _("kind"), max_length=10, choices=AudienceKind, default=AudienceKind.CUSTOMER
    )
    tier = models.CharField(_("tier"), max_length=10, choices=Tier, default=Tier.STANDARD)
    account_manager = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, verbose_name=_("account manager")
    )
    external_id = models.CharField(_("external id"), max_length=100, null=True, blank=True)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Of its people who have none of their own. Empty: ours."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        blank=True,
        validators=[zones.validate],
        help_text=_("Of its people who have none of their own. Empty: ours."),
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="account_external_id_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ComponentUse(models.Model):
    """An account depends on a component, which is named by its slug."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="uses", verbose_name=_("account"), db_index=False
    )
    component = models.SlugField(_("component"), max_length=80, db_index=False)

    class Meta:
        verbose_name = _("use of a component")
        verbose_name_plural = _("uses of components")
        constraints = [
            models.UniqueConstraint(fields=["account", "component"], name="use_once"),
        ]
        indexes = [
            # Serves the rule "uses" and a component's own page: which accounts depend on it.
            models.Index(fields=["component", "account"], name="use_by_component"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.component}"
