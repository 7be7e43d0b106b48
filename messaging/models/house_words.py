from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class HouseWord(models.Model):
    """A word of the company's own: one that stays in the house, or one that customers know.

    The check reads drafts by them, see messaging.check.
    """

    class Kind(models.TextChoices):
        INTERNAL = "internal", _("stays in the house")
        PUBLIC = "public", _("customers know it")

    word = models.CharField(
        _("word"), max_length=80, help_text=_("A word or a phrase; capitals do not matter.")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.INTERNAL)

    class Meta:
        verbose_name = _("house word")
        verbose_name_plural = _("house words")
        constraints = [
            models.UniqueConstraint(
                Lower("word"),
                name="house_word_once",
                violation_error_message=_("This word is in the list already."),
            ),
        ]

    def __str__(self) -> str:
        return self.word
