from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.models.segments import Segment


class ContactImport(models.Model):
    """A contact file on its way in: looked at, agreed to, then read by a worker in batches."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        PREVIEWED = "previewed", _("ready to import")
        RUNNING = "running", _("being imported")
        DONE = "done", _("imported")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    OVER = frozenset({State.DONE, State.FAILED, State.CANCELLED})

    # Named inside the folder of imports; removed with what it holds when the import is over.
    file = models.CharField(_("file"), max_length=100, editable=False)
    name = models.CharField(_("file name"), max_length=200)
    # Which column is what: {"0": "email", "3": "attributes.city", "4": ""}; "" leaves it out.
    mapping = models.JSONField(_("columns"), default=dict, blank=True)
    segment = models.ForeignKey(
        Segment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("subscribe everyone to"),
    )
    channels = models.JSONField(_("channels"), default=list, blank=True)
    region = models.CharField(_("country of phone numbers"), max_length=2, default="DE")
    consent_text = models.CharField(_("where the consent comes from"), max_length=300, blank=True)
    # Which wording these people agreed to.
    text_version = models.CharField(_("text version"), max_length=40, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.UPLOADED)
    # Rows of the file, once counted, and how many are committed: there it goes on after a crash.
    rows = models.PositiveIntegerField(_("rows"), null=True, blank=True)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0)
    preview = models.JSONField(_("preview"), default=dict, blank=True)
    report = models.JSONField(_("report"), default=dict, blank=True)
    # A worker that died holds it no longer than this, on the database's clock.
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact import")
        verbose_name_plural = _("contact imports")
        indexes = [
            # Serves import_leases.waiting(): what is to be looked at or imported, and what a dead
            # worker has left.
            models.Index(
                fields=["id"], condition=Q(state__in=("uploaded", "running")), name="import_in_work"
            ),
        ]

    def __str__(self) -> str:
        return self.name
