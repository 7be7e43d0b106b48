import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences import zones
from audiences.fields import IsObject, validate_flat
from audiences.folding import FoldedField, folded_rest
from audiences.models import locales
from audiences.models.accounts import Account
from audiences.models.kinds import Severity
from audiences.models.mailboxes import mailbox


class Contact(models.Model):
    """A person we can reach: by e-mail, by phone, or both."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # An index below begins with it.
    account = models.ForeignKey(
        Account,
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("account"),
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=600, blank=True)
    # What a name begins with, and what follows its first word, as services/lookup.py asks for it.
    name_folded = FoldedField(max_length=600, source="name")
    name_rest = FoldedField(max_length=600, source="name", by=folded_rest)
    email = models.CharField(
        _("e-mail"), max_length=320, blank=True, help_text=_("Stored in lower case.")
    )
    # Finds the same address in another spelling, see services/duplicates.py.
    mailbox = models.GeneratedField(
        expression=mailbox("email"),
        output_field=models.CharField(max_length=320),
        db_persist=True,
    )
    phone = models.CharField(
        _("phone"), max_length=16, blank=True, help_text=_("E.164, for example +4915123456789.")
    )
    # Empty, the account's counts, see locales.py.
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Empty: the account’s, or else ours."),
    )
    # Chosen by the person, language and time zone are no file's to change.
    is_locale_own = models.BooleanField(
        _("chose language and time zone"), default=False, editable=False
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        blank=True,
        validators=[zones.validate],
        help_text=_("Empty: the account’s, or else ours."),
    )
    attributes = models.JSONField(
        _("attributes"),
        default=dict,
        blank=True,
        validators=[validate_flat],
        help_text=_('A name and a value each, for example {"city": "Köln", "seats": 5}.'),
    )
    # Several people read this address: none of them can leave for all without the others knowing.
    is_shared = models.BooleanField(
        _("shared address"),
        default=False,
        help_text=_("A distribution list or a team's mailbox, read by several people."),
    )
    # From which severity on a channel is used; a person decides it, see services/preferences.py.
    email_from = models.PositiveSmallIntegerField(
        _("e-mail about"), choices=Severity, default=Severity.ANY
    )
    sms_from = models.PositiveSmallIntegerField(
        _("text messages about"), choices=Severity, default=Severity.ANY
    )
    # Local time of the contact's zone, for what makes a noise; may span midnight.
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    is_woken_by_critical = models.BooleanField(_("critical notices come anyway"), default=True)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
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
                # Finds what an address begins with, too, whatever the database's locale.
                opclasses=["varchar_pattern_ops"],
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
            # Exports, imports, merging and rules rely on it.
            models.CheckConstraint(
                condition=IsObject("attributes"),
                name="contact_attributes_are_named",
                violation_error_message=_("Attributes have names."),
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="contact_quiet_has_both_ends",
                violation_error_message=_("Quiet hours need a beginning and an end."),
            ),
        ]
        indexes = [
            # Serves replies (who wrote to us from this number), audience.is_repeated() (who else
            # reads what is sent to it) and lookup.matching().
            models.Index(
                fields=["phone"],
                condition=~Q(phone=""),
                name="contact_by_phone",
                opclasses=["varchar_pattern_ops"],
            ),
            # Serve lookup.matching().
            models.Index(
                fields=["name_folded"], name="contact_by_name", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(
                fields=["name_rest"], name="contact_by_surname", opclasses=["varchar_pattern_ops"]
            ),
            # Serve duplicates.groups(), the first also everything that is asked by account.
            models.Index(fields=["account", "name_folded"], name="contact_by_account"),
            models.Index(fields=["mailbox"], condition=~Q(mailbox=""), name="contact_by_mailbox"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone

    def heard(self, name: str) -> str:
        """The `language` or `time_zone` in which they hear, as `locales.heard()` says it in SQL."""
        own: str = getattr(self, name)
        # The account is read only where it counts.
        return own or (getattr(self.account, name) if self.account else "") or locales.ours(name)

    @property
    def spoken(self) -> str:
        """The language in which they hear."""
        return self.heard("language")

    @property
    def zone(self) -> str:
        """The name of the time zone in which they hear."""
        return self.heard("time_zone")
