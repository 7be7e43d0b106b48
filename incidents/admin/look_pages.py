"""What is about to go out with somebody's word, looked at with its readers' eyes beforehand."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.admin import opening_forecast, update_look
from incidents.services import drills
from incidents.services.plans import NoPlan
from messaging.admin.look_readers import Shown
from messaging.admin.looking import LookPage, Table


class OpeningLookPage(LookPage):
    title = _("The first message, as its readers will get it")

    def has_permission(self) -> bool:
        return super().has_permission() and self.object.is_draft

    def looks(self) -> Table:
        with drills.rehearsed(incident=self.object, now=timezone.now()):
            looks = super().looks()
            # Whoever takes part in a drill is known only as long as it is rehearsed; a test is
            # sent afterwards, for nobody waits for a provider with the database held.
            looks.draw()
        return looks

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
