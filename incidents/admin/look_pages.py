"""What is about to go out with somebody's word, looked at with its readers' eyes beforehand."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.admin import opening_forecast, update_look
from incidents.services import drills
from incidents.services.plans import NoPlan
from messaging.admin.look_readers import Shown
from messaging.admin.looking import LookPage


class OpeningLookPage(LookPage):
    title = _("The first message, as its readers will get it")

    def has_permission(self) -> bool:
        return super().has_permission() and self.object.is_draft

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Drawn at once: whoever takes part in a drill is known as long as it is rehearsed.
        with drills.rehearsed(incident=self.object, now=timezone.now()):
            answer = super().get(request, *args, **kwargs)
            assert isinstance(answer, TemplateResponse)
            return answer.render()

    def shown(self) -> Sequence[Shown]:
        try:
            told = opening_forecast.first_messages(incident=self.object, now=timezone.now())
        except NoPlan:
            return []
        return update_look.of_opening(told=told)

    def back(self) -> str:
        return reverse("admin:incidents_incident_open", args=[self.object.pk])


class ApprovalLookPage(LookPage):
    title = _("What waits for approval, as its readers will get it")

    def has_permission(self) -> bool:
        return super().has_permission() and self.object.is_undecided

    def shown(self) -> Sequence[Shown]:
        return update_look.of_approval(approval=self.object)
