"""A letter that asks a person to confirm what waits for their word."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences.admin.pages import ActionPage
from audiences.models import Channel, address_field
from audiences.services import confirmations, spelling


class ConfirmPage(ActionPage):
    title = _("Ask for a confirmation")
    explanation = _(
        "A letter without any advertising goes to each address below, and asks whether its reader"
        " wants to hear these lists. Nothing else is sent there until they confirm."
    )
    button = _("Send the letter")
    permission = "ask"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, consequences=self._lists())

    def _lists(self) -> list[str]:
        found = {
            channel: confirmations.waiting(contact=self.object, channel=channel)
            for channel in Channel.values
        }
        words = [
            f"{self._where(channel)}: {', '.join(one.name for one in lists)}"
            for channel, lists in found.items()
            if lists
        ]
        return words or [gettext("No list waits for a confirmation of this person.")]

    def _where(self, channel: str) -> str:
        address = getattr(self.object, address_field(channel))
        return f"{Channel(channel).label} ({spelling.as_read(address)})"

    def form_valid(self, form: forms.Form) -> HttpResponse:
        asked = confirmations.ask(contact=self.object, by=self.actor, now=timezone.now())
        if asked:
            names = ", ".join(str(Channel(channel).label) for channel in asked)
            words = gettext("The person is asked to confirm (%(channels)s).") % {"channels": names}
            self.model_admin.log_change(self.request, self.object, words)
            messages.success(self.request, words)
        else:
            words = gettext("Nobody was asked: nothing waits, or they were asked minutes ago.")
            messages.warning(self.request, words)
        return HttpResponseRedirect(self.back())
