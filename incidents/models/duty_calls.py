from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from incidents.models.incidents import Incident


class Handover(models.Model):
    """Who answered for an incident from when on; the last one does now. Times are story time."""

    class Because(models.TextChoices):
        OPENED = "opened", _("opened the incident, or leads by the plan")
        HANDED_OVER = "handed_over", _("was asked by the lead before")
        TOOK_OVER = "took_over", _("took over")
        CALLED = "called", _("the person before did not react")
        PUBLISHED = "published", _("published while the person before did not react")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="handovers")
    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("person"))
    since_at = models.DateTimeField(_("since"))
    because = models.CharField(_("because"), max_length=15, choices=Because)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    # Who comes before by the plan, and why they could not be reached.
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")

    def __str__(self) -> str:
        return f"{self.user} · {self.get_because_display()}"


class DutyCall(models.Model):
    """One person was called to act before something breaks, and what came of it.

    `about` and `object_id` name what it is about; `rung` counts the calls about the same thing.
    Times are story time (see Incident), or the real time where there is no incident.
    """

    class About(models.TextChoices):
        PROMISE = "promise", _("a promised update")
        SILENCE = "silence", _("a first word to customers")
        ENTRY = "entry", _("a step that waits for a person")
        TASK = "task", _("a task that has days")
        APPROVAL = "approval", _("an approval")
        HELD = "held", _("what is held back until it is approved")
        POSTMORTEM = "postmortem", _("a post-mortem")
        COMMITMENT = "commitment", _("a commitment")
        REVIEW = "review", _("a review of a plan")
        FOLLOW_UP = "follow_up", _("a customer's feedback")

    # What whoever leads the incident answers for.
    LEADS = frozenset({About.PROMISE, About.SILENCE})

    class Answer(models.TextChoices):
        NONE = "", _("no answer")
        TOOK_OVER = "took_over", _("took over")
        SNOOZED = "snoozed", _("snoozed")
        DECIDED = "decided", _("decided")

    class Through(models.TextChoices):
        LINK = "link", _("the link in the message")
        SMS = "sms", _("SMS")
        ADMIN = "admin", _("the admin")

    about = models.CharField(_("about"), max_length=10, choices=About)
    object_id = models.PositiveBigIntegerField()
    rung = models.PositiveSmallIntegerField(_("rung"))
    incident = models.ForeignKey(
        Incident, models.CASCADE, null=True, blank=True, related_name="duty_calls"
    )
    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("person"))
    called_at = models.DateTimeField(_("called at"))
    # Nothing is asked of them: they are told what the plan did in the team's place.
    is_information = models.BooleanField(default=False, editable=False)
    # Why nothing was sent: a word of services/responders.py.
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    through = models.CharField(_("through"), max_length=10, choices=Through, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("duty call")
        verbose_name_plural = pgettext_lazy("people called to act", "duty calls")
        constraints = [
            # Two ticks at once climb one rung, not two.
            models.UniqueConstraint(fields=["about", "object_id", "rung"], name="rung_once"),
            models.CheckConstraint(
                condition=Q(answer="") | Q(answered_at__isnull=False), name="answer_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(answer="snoozed") | (Q(snoozed_until__isnull=False) & ~Q(reason="")),
                name="snooze_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_about_display()}"
