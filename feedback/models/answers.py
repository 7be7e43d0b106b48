from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from feedback.models.questions import CHOICE_LENGTH, Question
from feedback.models.surveys import SurveyVersion
from messaging.models import Broadcast, Delivery


class Invitation(models.Model):
    """The survey a broadcast asks its recipients to answer, in the version that was in force."""

    broadcast = models.OneToOneField(
        Broadcast, models.CASCADE, related_name="invitation", verbose_name=_("broadcast")
    )
    version = models.ForeignKey(
        SurveyVersion, models.PROTECT, related_name="invitations", verbose_name=_("survey")
    )
    closes_at = models.DateTimeField(_("closes at"))
    # Who sees to low scores of customers that have no account manager.
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )

    # Whoever began to write before the end may finish.
    GRACE = timedelta(hours=1)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.version} · {self.broadcast}"

    def takes_answers(self, now: datetime) -> bool:
        return now < self.closes_at + self.GRACE


class UsedLink(models.Model):
    """Somebody has answered an anonymous survey through this link.

    It is all that is known of it. There is no number of its own, for in the order of such numbers
    the answers could be found again; and it goes when the survey closes (services/anonymity.py).
    """

    delivery = models.OneToOneField(
        Delivery, models.CASCADE, primary_key=True, related_name="used_link"
    )

    class Meta:
        verbose_name = _("used link")
        verbose_name_plural = _("used links")

    def __str__(self) -> str:
        return str(self.pk)


class Response(models.Model):
    """One person's answers to one invitation; answering again changes them.

    Of an anonymous survey it has no delivery, a random number, and times that name only the day.
    """

    invitation = models.ForeignKey(
        Invitation, models.CASCADE, related_name="responses", verbose_name=_("invitation")
    )
    delivery = models.OneToOneField(
        Delivery,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="response",
        verbose_name=_("delivery"),
    )
    language = models.CharField(_("language"), max_length=5)
    submitted_at = models.DateTimeField(_("submitted at"))
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)
    # How often it was changed since: no link is good for endless work.
    changes = models.PositiveSmallIntegerField(_("changes"), default=0)

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        indexes = [
            # Serves the comments of a period.
            models.Index(fields=["changed_at"], name="response_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.invitation.version} · {timezone.localtime(self.submitted_at):%Y-%m-%d}"

    @property
    def author(self) -> str:
        if self.delivery is None:
            return gettext("anonymous")
        return str(self.delivery.contact or self.delivery.address)


class Answer(models.Model):
    """One answer: a number on a scale, a chosen value, or text; where several may be chosen, each
    is a row."""

    response = models.ForeignKey(
        Response, models.CASCADE, related_name="answers", verbose_name=_("response")
    )
    question = models.ForeignKey(
        Question, models.PROTECT, related_name="answers", verbose_name=_("question")
    )
    score = models.SmallIntegerField(_("score"), null=True, blank=True)
    choice = models.CharField(_("choice"), max_length=CHOICE_LENGTH, blank=True)
    text = models.TextField(_("text"), max_length=5_000, blank=True)

    class Meta:
        # What people meet under its name in the admin is the list of what was written.
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.UniqueConstraint(fields=["response", "question", "choice"], name="answer_once"),
        ]

    def __str__(self) -> str:
        return self.text or self.choice or str(self.score)
