from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """People on their way out: their own rows go first, then a worker takes them out of the texts
    of others, table by table.

    Whom it looks for stands here while it does, and nowhere when it is over.
    """

    # The numbers of contacts whose own rows are still there; they hear nothing any more.
    contacts = models.JSONField(default=list, editable=False)
    # Those who are being looked for, as Person.as_json() says it, and how many tables are done.
    people = models.JSONField(default=list, editable=False)
    tables_done = models.PositiveSmallIntegerField(default=0, editable=False)
    size = models.PositiveIntegerField(_("people"))
    texts = models.PositiveIntegerField(_("texts changed"), default=0)
    # What the last attempt ended with; "" where it went well.
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    requested_at = models.DateTimeField(_("requested at"))
    requested_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(contacts=[], people=[]),
                name="erasure_over_names_nobody",
            ),
        ]
        indexes = [
            # Serves erasure_turns.sweep().
            models.Index(fields=["id"], condition=Q(finished_at=None), name="erasure_open"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
