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
        FEEDBACK = "feedback", _("feedback request")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")

    def __str__(self) -> str:
        return self.name


class TemplateVariant(models.Model):
    """One language and detail level of a template: Markdown with Liquid placeholders."""

    template = models.ForeignKey(
        Template, models.CASCADE, related_name="variants", verbose_name=_("template")
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    detail = models.CharField(
        _("detail level"), max_length=10, choices=Detail, default=Detail.PUBLIC
    )
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("body"), max_length=64_000, help_text=_("Markdown with placeholders"))
    sms_text = models.TextField(_("SMS text"), max_length=1_600, blank=True)
    short_text = models.CharField(_("short text"), max_length=280, blank=True)

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
