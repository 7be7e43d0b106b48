from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audiences.fields import TextsField
from audiences.languages import spoken
from feedback.models import Answer
from incidents.models.plans import Plan
from messaging.models import Broadcast
from messaging.services import plain_text


class Improvement(models.Model):
    """What customers said, and what we changed: comments, and the version of a plan that heeds
    them, if it has to do with one. The pages of the incidents that they spoke of tell it once it is
    published, or the status page, where they spoke of none."""

    text = TextsField(
        _("you said, we changed"),
        help_text=_("What customers said, in your words, and what is different now. Markdown."),
    )
    plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="improvements",
        verbose_name=_("plan version"),
        help_text=_("In which it is different; empty where it has to do with no plan."),
    )
    comments = models.ManyToManyField(
        Answer,
        blank=True,
        related_name="improvements",
        verbose_name=_("comments"),
        limit_choices_to={"question__kind": "text"},
        help_text=_("Customers never read them; they decide where it is told, and to whom."),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("published by"),
    )
    # What told those who spoke.
    broadcast = models.OneToOneField(
        Broadcast,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="improvement",
        verbose_name=_("broadcast"),
    )

    class Meta:
        verbose_name = _("improvement")
        verbose_name_plural = _("improvements")
        constraints = [
            models.CheckConstraint(
                condition=Q(broadcast=None) | Q(published_at__isnull=False),
                name="improvement_told_is_published",
            ),
        ]

    def __str__(self) -> str:
        """What it begins with, as it is read."""
        return plain_text.to_text(spoken(self.text)).partition("\n")[0][:80]
