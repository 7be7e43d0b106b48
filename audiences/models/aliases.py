from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audiences.models.contacts import Contact


class ContactAlias(models.Model):
    """What a contact was before another was merged into it, or it into another, or it moved.

    The links in old messages name the number of the one that is gone; whoever is erased is to be
    forgotten under the name and addresses that were given up, too; and a file that still has those
    means the same person.
    """

    # Of a row that is no more: nothing in the database can refer to it. None where only an address
    # was given up.
    number = models.PositiveBigIntegerField(_("number"), unique=True, null=True)
    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="aliases", verbose_name=_("contact")
    )
    name = models.CharField(_("name"), max_length=600, blank=True)
    email = models.CharField(_("e-mail"), max_length=320, blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True)
    # When an address was given up: what was agreed to there was taken back at this moment.
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("earlier contact")
        verbose_name_plural = _("earlier contacts")
        indexes = [
            # Serve aliases.whose() and enrolment: whom an address of a file used to reach.
            models.Index(fields=["email"], condition=~Q(email=""), name="alias_by_email"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="alias_by_phone"),
        ]

    def __str__(self) -> str:
        return str(self.number or self.email or self.phone or self.name)
