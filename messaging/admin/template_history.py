"""What a template said before: compared with what came after it, and taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from audiences.admin.moments import moment
from audiences.admin.pages import ActionPage, ObjectPage
from messaging.models import WORDS, Template, TemplateRevision, TemplateVariant
from messaging.services import placeholders, templates
from messaging.services.word_changes import Change, changes

_SHOWN = 100
_Written = TemplateVariant | TemplateRevision


@dataclass(frozen=True)
class Replaced:
    """One change: what was said before it against what was said after it."""

    revision: TemplateRevision
    variant: TemplateVariant
    at: str
    texts: list[tuple[str, list[Change]]]
    restore: str


class EarlierWordsPage(ObjectPage, TemplateView):
    title = _("Earlier words")
    template_name = "admin/messaging/earlier_words.html"
    permission = "view"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_restore = self.model_admin.has_change_permission(self.request, self.object)
        replaced = list(replacements(self.object))
        return super().get_context_data(**kwargs, replaced=replaced, may_restore=may_restore)


class RestorePage(ActionPage):
    title = _("Restore earlier words")
    template_name = "admin/messaging/restore.html"
    explanation = _(
        "From now on messages say what is marked as new here. The words of today stay in the"
        " history; messages that were made already do not change."
    )
    button = _("Restore these words")

    @cached_property
    def revision(self) -> TemplateRevision:
        found = TemplateRevision.objects.filter(variant__template=self.object)
        found = found.select_related("variant__template")
        if (one := found.filter(pk=self.kwargs["revision"]).first()) is None:
            raise Http404
        return one

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        revision = self.revision
        texts = _compared(revision.variant, revision)
        return super().get_context_data(**kwargs, variant=revision.variant, texts=texts)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            templates.restore(revision=self.revision, by=self.actor, now=timezone.now())
        except placeholders.BadTemplate as error:
            words = gettext("These words cannot be sent any more: %(why)s")
            form.add_error(None, words % {"why": error})
            return self.form_invalid(form)
        messages.success(self.request, gettext("The earlier words hold again."))
        return HttpResponseRedirect(self.back())


def replacements(template: Template) -> Iterator[Replaced]:
    """The newest first."""
    variants = {one.pk: one for one in template.variants.all()}
    after: dict[int, _Written] = {**variants}
    found = TemplateRevision.objects.filter(variant__in=variants).select_related("replaced_by")
    for one in found.order_by("-replaced_at", "-pk")[:_SHOWN]:
        yield Replaced(
            one,
            variants[one.variant_id],
            at=moment(one.replaced_at),
            texts=_compared(one, after[one.variant_id]),
            restore=reverse("admin:messaging_template_restore", args=[template.pk, one.pk]),
        )
        after[one.variant_id] = one


def _compared(before: _Written, after: _Written) -> list[tuple[str, list[Change]]]:
    """Only the texts that differ, with their names."""
    old, new = templates.words(before), templates.words(after)
    label = TemplateVariant._meta.get_field
    return [
        (str(getattr(label(name), "verbose_name", name)), changes(old[name], new[name]))
        for name in WORDS
        if old[name] != new[name]
    ]
