from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.models.answers import Response
from messaging.models import Delivery


class FollowUp(models.Model):
    """A low score's task: somebody calls the customer back."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")

    response = models.OneToOneField(
        Response, models.CASCADE, related_name="follow_up", verbose_name=_("response")
    )
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, verbose_name=_("owner"))
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    outcome = models.TextField(_("outcome"), blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", done_at=None)
                | (Q(state="done", done_at__isnull=False) & ~Q(outcome="")),
                name="follow_up_done_has_outcome",
                violation_error_message=_("A finished follow-up has a time and an outcome."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response} · {self.get_state_display()}"


class Reply(models.Model):
    """What one of us wrote to a customer about their feedback, and the message that it went in."""

    follow_up = models.ForeignKey(
        FollowUp, models.CASCADE, related_name="replies", verbose_name=_("follow-up")
    )
    delivery = models.OneToOneField(
        Delivery,
        models.SET_NULL,
        null=True,
        related_name="reply",
        verbose_name=_("delivery"),
    )
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=10_000)
    sent_at = models.DateTimeField(_("sent at"))
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("sent by"))

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")

    def __str__(self) -> str:
        return self.subject
