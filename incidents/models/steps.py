from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audiences.fields import TextsField
from audiences.models import Channel, Segment
from feedback.models import Survey
from incidents.models.plans import PartOfPlan, Plan
from messaging.models import Template


class PlanStep(PartOfPlan):
    """One thing a plan does: on a trigger, after an offset, to an audience."""

    class Trigger(models.TextChoices):
        OPENED = "opened", _("incident opened")
        STATUS_REACHED = "status_reached", _("status reached")
        UPDATE_PUBLISHED = "update_published", _("update published")
        PROMISE_DUE = "promise_due", _("promised update due")
        STARTS = "starts", _("maintenance is to start")
        NOT_BEGUN = "not_begun", _("maintenance not begun at its start")
        ENDS = "ends", _("maintenance is to end")
        MOVED = "moved", _("maintenance moved")
        EXTENDED = "extended", _("maintenance extended")
        ROLLED_BACK = "rolled_back", _("maintenance rolled back")
        RESOLVED = "resolved", _("resolved or completed")
        DELIVERED = "delivered", _("commitment delivered")

    class Who(models.TextChoices):
        AUTOMATIC = "automatic", _("automatic")
        APPROVAL = "approval", _("needs approval")
        TASK = "task", _("task for a person")

    class Role(models.TextChoices):
        LEAD = "lead", _("communications lead")
        DEPUTY = "deputy", _("first deputy")
        OWNER = "owner", _("plan owner")

    class DoneWhen(models.TextChoices):
        UPDATE = "update", _("an update is published")
        POSTMORTEM = "postmortem", _("the post-mortem is published")

    # When these come, nobody has written anything: the plan's own statement is said.
    UNWRITTEN = frozenset(
        (
            *(Trigger.OPENED, Trigger.PROMISE_DUE, Trigger.NOT_BEGUN, Trigger.ENDS),
            *(Trigger.MOVED, Trigger.EXTENDED, Trigger.ROLLED_BACK, Trigger.DELIVERED),
        )
    )

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="steps", verbose_name=_("plan"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=200)
    trigger = models.CharField(_("trigger"), max_length=20, choices=Trigger)
    status = models.CharField(
        _("status"), max_length=15, blank=True, help_text=_("For “status reached”.")
    )
    offset = models.DurationField(
        _("offset"),
        default=timedelta(0),
        help_text=_("hours:minutes:seconds after the trigger; with a minus, before it"),
    )
    repeat_every = models.DurationField(_("repeat every"), null=True, blank=True)
    repeat_limit = models.PositiveSmallIntegerField(
        _("repeat at most"),
        default=1,
        help_text=_(
            "How many times in all; for “promised update due”, how many in a row. At most 100."
        ),
    )
    who = models.CharField(_("who"), max_length=10, choices=Who, default=Who.AUTOMATIC)
    role = models.CharField(
        _("role"), max_length=10, choices=Role, blank=True, help_text=_("Whose task it is.")
    )
    assignee = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
        help_text=_("Instead of a role: always this person."),
    )
    deadline = models.DurationField(
        _("deadline"), null=True, blank=True, help_text=_("How long the person has for the task.")
    )
    instructions = models.TextField(
        _("what is to be done"), blank=True, help_text=_("For a task: whom to phone, what to say.")
    )
    done_when = models.CharField(
        _("done when"),
        max_length=10,
        choices=DoneWhen,
        blank=True,
        help_text=_(
            "Of a task to publish something: that ticks it off, if all hear it whom it is about."
            " Empty: the person ticks it off."
        ),
    )
    segments = models.ManyToManyField(
        Segment, blank=True, related_name="+", verbose_name=_("segments")
    )
    tells_affected = models.BooleanField(
        _("tells the affected"),
        default=False,
        help_text=_("Also everyone who depends on an affected component."),
    )
    channels = models.JSONField(_("channels"), default=list, blank=True)
    template = models.ForeignKey(
        Template,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("template"),
        # What is for our own people, a plan tells nobody.
        limit_choices_to=~Q(stage__in=Template.DUTY),
    )
    statement = TextsField(
        _("pre-approved statement"),
        blank=True,
        help_text=_("What is said when nobody has written: first notice, holding statement."),
    )
    survey = models.ForeignKey(
        Survey, models.PROTECT, null=True, blank=True, verbose_name=_("survey")
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.CheckConstraint(
                condition=~Q(trigger="status_reached") | ~Q(status=""),
                name="step_names_its_status",
                violation_error_message=_("Say which status has to be reached."),
            ),
            models.CheckConstraint(
                condition=Q(who="task") | Q(template__isnull=False),
                name="step_has_words",
                violation_error_message=_("A step that sends something needs a template."),
            ),
            models.CheckConstraint(
                condition=Q(done_when="") | Q(who="task"),
                name="step_done_by_publishing_is_task",
                violation_error_message=_("Only a task can be done by publishing."),
            ),
            # What nobody can foresee has no time before it.
            models.CheckConstraint(
                condition=Q(offset__gte=timedelta(0)) | Q(trigger__in=["starts", "ends"]),
                name="step_offset_is_foreseeable",
                violation_error_message=_(
                    "Only the start and the end of a maintenance are known beforehand."
                ),
            ),
            models.CheckConstraint(
                condition=Q(repeat_every=None) | Q(repeat_every__gt=timedelta(0)),
                name="step_repeats_later",
                violation_error_message=_("Repetitions need time between them."),
            ),
            models.CheckConstraint(
                condition=Q(repeat_limit__gte=1),
                name="step_happens",
                violation_error_message=_("A step happens at least once."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_post(self) -> bool:
        """Whether a person posts its words where everybody reads them."""
        return self.who == self.Who.TASK and self.template_id is not None

    @property
    def asks(self) -> bool:
        """Whether it goes to who heard the story and agreed to be asked, or reminds these."""
        return self.template is not None and self.template.asks

    @property
    def reminds(self) -> bool:
        """Whether it goes to who was asked already, and has not answered."""
        return self.template is not None and self.template.stage == Template.Stage.ASK_AGAIN

    def clean(self) -> None:
        if not isinstance(self.channels, list) or set(self.channels) - set(Channel.values):
            known = ", ".join(Channel.values)
            raise ValidationError(
                {"channels": _("Channels are a list of: %(known)s.") % {"known": known}}
            )
        if self.who != self.Who.TASK and (gaps := self._gaps()):
            raise ValidationError(gaps)

    def _gaps(self) -> dict[str, Any]:
        """What a message would lack on the night it is needed."""
        gaps: dict[str, Any] = {}
        if not self.channels:
            gaps["channels"] = _("Say by which channels the message goes.")
        if self.trigger in self.UNWRITTEN and not self.statement:
            gaps["statement"] = _("Nobody has written yet at this moment: say what is said then.")
        if self.template and self.template.stage in Template.OF_SURVEY:
            gaps["template"] = _("It says nothing of an incident: choose a feedback request.")
        elif self.asks and self.survey is None:
            gaps["survey"] = _("A feedback request needs a survey.")
        return gaps
