"""Asking segments a survey: chosen, looked at beforehand, and confirmed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences.admin.pages import ActionPage, address
from audiences.languages import spoken
from feedback.admin import round_preview
from feedback.admin.round_form import RoundForm, in_the_way
from feedback.models import SurveyRound, SurveyVersion
from feedback.services import orders, rounds
from messaging.admin.looking import Table
from messaging.services.placeholders import CannotSay


class AskPage(ActionPage):
    title = _("Ask this survey")
    permission = "ask"
    template_name = "admin/feedback/ask.html"
    form_class = RoundForm
    button = _("Check who is asked…")

    @cached_property
    def now(self) -> Any:
        return timezone.now()

    def has_permission(self) -> bool:
        return super().has_permission() and self.object.status == SurveyVersion.Status.ACTIVE

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "version": self.object, "now": self.now}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            survey_title=spoken(self.object.title),
            going_on=rounds.going_on(survey=self.object.survey, now=self.now),
        )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        assert isinstance(form, RoundForm)
        if "_edit" in self.request.POST:
            return self.form_invalid(form)
        try:
            return self._answer(form)
        except CannotSay as error:
            form.add_error(None, str(error))
        except rounds.AlreadyGoingOn as error:
            form.add_error("segments", [in_the_way(one) for one in error.rounds])
        return self.form_invalid(form)

    def _answer(self, form: RoundForm) -> HttpResponse:
        if "_preview" in self.request.POST:
            return self._show_looks(form)
        order = form.order()
        preview = round_preview.preview(
            self.request, order=order, version=self.object, now=self.now
        )
        if "_send" in self.request.POST and preview.people:
            return self._start(rounds.start(order=order, by=self.actor, now=self.now))
        context = self.get_context_data(form=form, preview=preview, typed=self._typed())
        return self.render_to_response(context)

    def _start(self, started: SurveyRound) -> HttpResponse:
        if started.state == SurveyRound.State.PLANNED:
            words = gettext("Planned. Until then it can be cancelled here.")
        else:
            words = gettext("It is going out now. Its answers are in the results.")
        self.model_admin.log_change(self.request, self.object, gettext("Asked in a round."))
        messages.success(self.request, words)
        return HttpResponseRedirect(address(started))

    def _show_looks(self, form: RoundForm) -> HttpResponse:
        order = form.order()
        shown = round_preview.shown(order, orders.contents(order=order))
        looks = Table(self.request, shown, self.now, [*self._typed(), ("_preview", "1")])
        looks.send_proof()
        self.template_name = "admin/messaging/look.html"
        return self.render_to_response(self.get_context_data(form=form, looks=looks))

    def _typed(self) -> list[tuple[str, str]]:
        """What was chosen goes along."""
        posted, names = self.request.POST, self.get_form_class().base_fields
        return [
            (name, value)
            for name, values in posted.lists()
            for value in values
            if name in names or name.startswith("asks_at_")
        ]
