from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audiences.models import Detail


class Template(models.Model):
    """Words for one stage of the story, in as many languages as there are variants."""

    class Stage(models.TextChoices):
        ACKNOWLEDGE = "acknowledge", _("first notice")
        SCOPE = "scope", _("scope")
        UPDATE = "update", _("update")
        HOLDING = "holding", _("holding statement")
        IDENTIFIED = "identified", _("identified")
        MONITORING = "monitoring", _("monitoring")
        RESOLVED = "resolved", _("resolved")
        POSTMORTEM = "postmortem", _("post-mortem")
        COMMITMENT = "commitment", _("commitment delivered")
        ANNOUNCE = "announce", _("maintenance announced")
        REMINDER = "reminder", _("maintenance reminder")
        MOVED = "moved", _("maintenance moved")
        STARTED = "started", _("maintenance started")
        OVERRUN = "overrun", _("maintenance takes longer")
        EXTENDED = "extended", _("maintenance extended")
        ROLLED_BACK = "rolled_back", _("maintenance rolled back")
        VERIFYING = "verifying", _("maintenance being verified")
        COMPLETED = "completed", _("maintenance completed")
        CANCELLED = "cancelled", _("maintenance cancelled")
        CORRECTION = "correction", _("correction")
        FEEDBACK = "feedback", _("feedback request")
        ASK_AGAIN = "ask_again", _("feedback reminder")
        # Of a survey that is about nothing that happened.
        SURVEY = "survey", _("survey")
        SURVEY_AGAIN = "survey_again", _("survey: reminder")
        # To our own people, see services/staff_words.py.
        DUTY_REMINDER = "duty_reminder", _("duty: reminder")
        DUTY_CALL = "duty_call", _("duty: the next person is called")
        DUTY_APPROVAL = "duty_approval", _("duty: approval asked for")
        DUTY_TASK = "duty_task", _("duty: task")
        DUTY_REVIEW = "duty_review", _("duty: due within days")
        DUTY_REFUSED = "duty_refused", _("duty: refused")
        DUTY_HANDOVER = "duty_handover", _("duty: handed over")
        DUTY_HOLDING = "duty_holding", _("duty: the plan has spoken")

    DUTY = tuple(one for one in Stage.values if one.startswith("duty_"))
    # Says which survey it is, and nothing of an incident.
    OF_SURVEY = frozenset({Stage.SURVEY, Stage.SURVEY_AGAIN})
    # What goes only to who agreed to be asked.
    ASKING = frozenset({Stage.FEEDBACK, Stage.ASK_AGAIN}) | OF_SURVEY

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage)
    group = models.CharField(
        _("group"),
        max_length=80,
        blank=True,
        help_text=_("Groups that are there already are suggested while you type."),
    )
    source_language = models.CharField(
        _("source language"),
        max_length=5,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        help_text=_("What you write first; the other languages are translations of it."),
    )

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")

    def __str__(self) -> str:
        return self.name

    @property
    def asks(self) -> bool:
        return self.stage in self.ASKING


class Words(models.Model):
    """What is written for one language and detail level: Markdown with Liquid placeholders."""

    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("body"), max_length=64_000, help_text=_("Markdown with placeholders"))
    sms_text = models.TextField(_("SMS text"), max_length=1_600, blank=True)
    short_text = models.CharField(_("short text"), max_length=280, blank=True)

    class Meta:
        abstract = True


# The fields of Words.
WORDS = ("subject", "body", "sms_text", "short_text")


class TemplateVariant(Words):
    """One language and detail level of a template, as it is sent now."""

    template = models.ForeignKey(
        Template, models.CASCADE, related_name="variants", verbose_name=_("template")
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    detail = models.CharField(
        _("detail level"), max_length=10, choices=Detail, default=Detail.PUBLIC
    )
    # When somebody last changed the words, or found that they still say what their source says;
    # None as they were delivered.
    edited_at = models.DateTimeField(_("edited"), null=True, editable=False)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [
            models.UniqueConstraint(
                fields=["template", "language", "detail"],
                name="variant_once_per_language_and_detail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} · {self.language} · {self.get_detail_display()}"


class TemplateRevision(Words):
    """The words that a variant had until somebody replaced them."""

    variant = models.ForeignKey(
        TemplateVariant, models.CASCADE, related_name="revisions", verbose_name=_("variant")
    )
    replaced_at = models.DateTimeField(_("replaced"))
    replaced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("replaced by"),
    )

    class Meta:
        verbose_name = _("earlier words")
        verbose_name_plural = _("earlier words")
