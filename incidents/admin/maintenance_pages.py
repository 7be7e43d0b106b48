"""The turns of a maintenance, each with its words and a look at who is told."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.admin.facts_form import component_field
from incidents.admin.publishing import PublishPage
from incidents.admin.update_form import UpdateForm, rhythm
from incidents.models import Component, Incident, Status, Update
from incidents.models.plans import Kind
from incidents.services import maintenance, promises, schedules, update_checks


class NotNow(Exception):
    """This turn does not come next; the message says what may be done instead."""


class TurnPage(PublishPage):
    """An update that brings a maintenance to its next status, with words to begin from."""

    turns_to: ClassVar[Status]
    components_show: ClassVar[Component.Status] = Component.Status.UNDER_MAINTENANCE

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.has_permission() and not self.object.is_draft and request.method == "GET":
            try:
                self.check(self.object)
            except (NotNow, schedules.CannotReschedule) as error:
                messages.error(request, str(error))
                return HttpResponseRedirect(self.back())
        return super().dispatch(request, *args, **kwargs)

    def check(self, incident: Incident) -> None:
        """:raises NotNow, CannotReschedule: this turn does not come next."""
        raise NotImplementedError

    def words(self) -> dict[str, str]:
        return maintenance.words(incident=self.object, status=self.turns_to, now=self.now)

    def get_initial(self) -> dict[str, Any]:
        rows = self.object.affected.all()
        shown = {component_field(row): self.components_show for row in rows}
        status: dict[str, Any] = {"status": self.turns_to, "public_text": self.words()}
        if promises.needs_promise(kind=self.object.kind, status=self.turns_to):
            status["next_update"] = str(rhythm(self.object, self.now))
        return {**super().get_initial(), **shown, **status}


class StartPage(TurnPage):
    title = gettext_lazy("Start the maintenance now")
    turns_to = Status.IN_PROGRESS

    def check(self, incident: Incident) -> None:
        _must_be(incident, Status.SCHEDULED, _("Only what is scheduled can be started."))


class VerifyPage(TurnPage):
    title = gettext_lazy("Say that the result is being checked")
    turns_to = Status.VERIFYING

    def check(self, incident: Incident) -> None:
        _must_be(incident, Status.IN_PROGRESS, _("Only work in progress can be checked."))


class CancelPage(TurnPage):
    title = gettext_lazy("Call the maintenance off")
    turns_to = Status.CANCELLED
    components_show = Component.Status.OPERATIONAL

    def check(self, incident: Incident) -> None:
        schedules.check_cancel(incident=incident)


class RollBackPage(TurnPage):
    title = gettext_lazy("Say that the work is rolled back")
    turns_to = Status.VERIFYING

    def check(self, incident: Incident) -> None:
        schedules.check_rollback(incident=incident)

    def words(self) -> dict[str, str]:
        return maintenance.rollback_words(incident=self.object)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        if "_publish" not in self.request.POST:
            # The check shows who is told of it; nothing of this is stored.
            self.object.rolled_back_at = self.object.story_time(self.now)
        return super().form_valid(form)

    @transaction.atomic
    def publish(self, form: UpdateForm) -> Update:
        try:
            schedules.note_rollback(incident=self.object, now=self.now)
        except schedules.CannotReschedule as error:
            raise update_checks.CannotPublish(str(error)) from error
        return super().publish(form)


TURNS: dict[str, type[TurnPage]] = {
    "start": StartPage,
    "verify": VerifyPage,
    "cancel": CancelPage,
    "rollback": RollBackPage,
}


def _must_be(incident: Incident, status: Status, refusal: str) -> None:
    if incident.kind != Kind.MAINTENANCE or incident.status != status:
        raise NotNow(refusal)
