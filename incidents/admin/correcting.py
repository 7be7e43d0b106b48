"""Something that was said is wrong: put it right, look at who hears so, confirm."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.admin.moments import brief
from audiences.admin.pages import ActionPage
from incidents.admin import update_look
from incidents.admin.correction_form import CorrectionForm, as_written, promise_fields
from incidents.admin.correction_review import review_of
from incidents.admin.wording import as_read
from incidents.models import Update
from incidents.models.facts import facts_of
from incidents.services import (
    correction_checks,
    correction_drafts,
    corrections,
    update_checks,
)
from incidents.services.correction_drafts import Correction

_FIELD_OF = {
    update_checks.NothingToSay: "public_text",
    correction_checks.NothingCorrected: "public_text",
    update_checks.BreaksRules: "public_text",
}


class CorrectPage(ActionPage):
    title = _("Correct what was said")
    template_name = "admin/incidents/correct.html"
    form_class = CorrectionForm

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def update(self) -> Update:
        found: Update = get_object_or_404(
            self.object.updates.published(), pk=self.kwargs["update_id"]
        )
        found.incident = self.object
        return found

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "update": self.update, "now": self.now}

    def get_initial(self) -> dict[str, Any]:
        again, incident = self._again(), self.object
        story, holds = incident.story_time(self.now), self.update.as_corrected
        promised = correction_drafts.promisable(update=self.update, at=story)
        return {
            "public_text": holds.public_text,
            "technical_text": holds.technical_text,
            "withdraws": holds.withdraws,
            **facts_of(incident),
            "after": holds.pk,
            **promise_fields(promised),
            **(as_written(again) if again else {}),
        }

    def _again(self) -> Update | None:
        """A correction that waits or was refused, to be written again."""
        wanted = self.request.GET.get("from", "")
        unsaid = self.update.corrections.exclude(state=Update.State.PUBLISHED)
        return unsaid.filter(pk=wanted).first() if wanted.isdecimal() else None

    def form_valid(self, form: forms.Form) -> HttpResponse:
        assert isinstance(form, CorrectionForm)
        if "_edit" in self.request.POST:
            return self.form_invalid(form)
        said = form.correction()
        try:
            if "_preview" in self.request.POST:
                return self._show_looks(form, said)
            if "_confirm" not in self.request.POST:
                return self._show_review(form, said)
            update = corrections.correct(
                update=self.update, correction=said, by=self.actor, now=self.now
            )
        except update_checks.Outdated as error:
            form.data = {**self.request.POST.dict(), "after": str(self.update.as_corrected.pk)}
            form.add_error(None, str(error))
            return self.form_invalid(form)
        except update_checks.CannotPublish as error:
            name = _FIELD_OF.get(type(error))
            form.add_error(name, str(error))
            return self.form_invalid(form)
        if update.is_published:
            messages.success(self.request, _("Corrected. Whoever got the wrong text hears so now."))
        else:
            messages.warning(self.request, _("Not published yet: a second person must approve it."))
        return HttpResponseRedirect(self.back())

    def _show_looks(self, form: CorrectionForm, said: Correction) -> HttpResponse:
        at = self.object.story_time(self.now)
        written = correction_drafts.written(
            update=self.update, correction=said, by=self.actor, at=at
        )
        correction_checks.check_new(written, said)
        shown = update_look.of_update(update=written, statuses=said.component_statuses)
        looks = update_look.looked_at(self.request, shown)
        self.template_name = "admin/messaging/look.html"
        return self.render_to_response(self.get_context_data(form=form, looks=looks))

    def _show_review(self, form: CorrectionForm, said: Correction) -> HttpResponse:
        typed = [
            (name, value)
            for name, values in self.request.POST.lists()
            for value in values
            if not name.startswith(("_", "csrfmiddlewaretoken"))
        ]
        review = review_of(self.update, said, self.actor, self.now)
        return self.render_to_response(self.get_context_data(form=form, review=review, typed=typed))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        said, clock = self.update, self.object.story_time(self.now)
        holds = said.as_corrected
        said_in = holds.public_text, holds.technical_text
        return {
            **super().get_context_data(**kwargs),
            "said_at": brief(said.published_at, clock),
            "wrong": [
                (code, *(as_read(texts.get(code, "")) for texts in said_in))
                for code in languages.codes()
            ],
        }
