from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class BulkChange(models.Model):
    """One change to more rows of a list than somebody waits for: workers make it, batch by batch,
    and what kept them from it stands here until whoever asked lets them go on."""

    # Which of services/bulk.py, and with what; the page's words for both.
    what = models.CharField(max_length=20, editable=False)
    details = models.JSONField(default=dict, editable=False)
    title = models.CharField(_("change"), max_length=200)
    chosen = models.TextField(_("chosen"), blank=True)
    # Of the rows that are meant, until it is over, and how many of them are done.
    ids = models.JSONField(default=list, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    size = models.PositiveIntegerField(_("selected"))
    changed = models.PositiveIntegerField(_("changed"), default=0)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    # That of whoever asked: a problem is told in it.
    language = models.CharField(max_length=5, editable=False)
    requested_at = models.DateTimeField(_("requested at"))
    requested_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    # Whoever was woken for the next batch and died holds it no longer, on the database's clock.
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("change to many")
        verbose_name_plural = _("changes to many")
        indexes = [
            # Serves bulk_work.sweep().
            models.Index(fields=["id"], condition=Q(finished_at=None), name="bulk_change_open"),
        ]

    def __str__(self) -> str:
        return self.title
