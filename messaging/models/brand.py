from django.db import models
from django.utils.translation import gettext_lazy as _

from audiences.fields import TextsField
from messaging import colours


class Logo(models.Model):
    """A picture under the name of its content: what was sent with it keeps it."""

    digest = models.CharField(primary_key=True, max_length=32)
    kind = models.CharField(max_length=4)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    picture = models.BinaryField()


class Brand(models.Model):
    """How the company looks, in its mails and on its public pages. There is one."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#0b5cad",
        validators=[colours.validate],
        help_text=_("Of the header and the button. The text on it is white or black by itself."),
    )
    logo = models.ForeignKey(
        Logo, verbose_name=_("logo"), on_delete=models.PROTECT, null=True, editable=False
    )
    imprint = TextsField(
        _("imprint"),
        blank=True,
        help_text=_(
            "The company's full name, its address and what the law asks for, at the end of every"
            " mail and page."
        ),
    )

    class Meta:
        verbose_name = _("appearance")
        verbose_name_plural = _("appearance")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_brand"),
        ]

    def __str__(self) -> str:
        return str(_("Appearance"))
