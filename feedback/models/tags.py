from django.db import models
from django.utils.translation import gettext_lazy as _

from audiences.folding import FoldedField
from feedback.models.answers import Answer


class Tag(models.Model):
    """What comments are about, in the team's own words."""

    name = models.CharField(_("name"), max_length=60)
    name_folded = FoldedField(max_length=60, source="name")
    comments = models.ManyToManyField(
        Answer, blank=True, related_name="tags", verbose_name=_("comments")
    )

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(fields=["name_folded"], name="tag_once"),
        ]

    def __str__(self) -> str:
        return self.name
