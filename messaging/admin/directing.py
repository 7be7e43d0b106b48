"""Pause, resume, cancel, sooner or later: a page each, which says what will happen and asks."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from audiences.admin.pages import ActionPage, ReasonForm
from messaging.models import Broadcast, Delivery
from messaging.services import barring, broadcasts
from messaging.states import IN_WORK, State


class BroadcastPage(ActionPage):
    permission = "direct"
    done: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, consequences=self.consequences())

    def consequences(self) -> list[str]:
        """What it means in numbers, exactly as things stand now."""
        return []

    def back(self) -> str:
        if self.request.GET.get("from") == "now":
            return reverse("admin:index")
        return super().back()

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            noted = self.perform(form)
        except broadcasts.WrongState:
            messages.error(
                self.request,
                _("Nothing was changed: this broadcast has moved on. Look at its state."),
            )
        else:
            self.model_admin.log_change(self.request, self.object, noted)
            messages.success(self.request, self.done)
        return HttpResponseRedirect(self.back())

    def perform(self, form: forms.Form) -> str:
        """Do it, and say in the broadcast's history what was done.

        :raises WrongState: it is too late for that.
        """
        raise NotImplementedError

    def waiting(self, *among: State) -> int:
        return Delivery.objects.filter(broadcast=self.object, state__in=among).count()

    def still_with_senders(self) -> list[str]:
        number = self.waiting(*IN_WORK)
        words = ngettext(
            "%(number)s message is with a sender right now and may still go out.",
            "%(number)s messages are with the senders right now and may still go out.",
            number,
        )
        return [words % {"number": intcomma(number)}] if number else []

    def more_to_come(self) -> list[str]:
        is_unfrozen = self.object.started_at and not self.object.frozen_at
        words = gettext("Its recipients are still being written: there will be more of them.")
        return [words] if is_unfrozen else []


class PausePage(BroadcastPage):
    title = _("Pause this broadcast")
    explanation = _("What is not yet handed over waits until somebody resumes or cancels it.")
    button = _("Pause")
    done = _("Paused. Nothing more goes out until it is resumed.")
    form_class = ReasonForm

    def consequences(self) -> list[str]:
        number = self.waiting(State.PENDING)
        words = ngettext("%(number)s message will wait.", "%(number)s messages will wait.", number)
        return [
            words % {"number": intcomma(number)},
            *self.still_with_senders(),
            *self.more_to_come(),
        ]

    def perform(self, form: forms.Form) -> str:
        reason = form.cleaned_data["reason"]
        broadcasts.pause(broadcast=self.object, because=reason)
        return gettext("Paused: %(reason)s") % {"reason": reason}


class ResumePage(BroadcastPage):
    title = _("Resume this broadcast")
    explanation = _("Sending goes on where it stopped.")
    button = _("Resume")
    done = _("Sending goes on.")

    def consequences(self) -> list[str]:
        replaced = barring.superseded(broadcast=self.object)
        number = self.waiting(State.PENDING) - replaced
        words = ngettext(
            "%(number)s message will go out.", "%(number)s messages will go out.", number
        )
        return [
            words % {"number": intcomma(number)},
            *self.replaced_by_newer(replaced),
            *self.more_to_come(),
        ]

    def replaced_by_newer(self, number: int) -> list[str]:
        words = ngettext(
            "%(number)s message will not: newer news of the same story replaces it.",
            "%(number)s messages will not: newer news of the same story replaces them.",
            number,
        )
        return [words % {"number": intcomma(number)}] if number else []

    def perform(self, form: forms.Form) -> str:
        broadcasts.resume(broadcast=self.object)
        return gettext("Resumed.")


class CancelPage(BroadcastPage):
    title = _("Cancel this broadcast")
    explanation = _(
        "Whoever has not got the message will not get it. What is already handed over cannot be"
        " recalled. This cannot be undone."
    )
    button = _("Cancel the broadcast")
    done = _("Cancelled. Nothing more goes out.")
    is_dangerous = True

    def consequences(self) -> list[str]:
        number = self.waiting(State.PENDING)
        words = ngettext(
            "%(number)s message will not go out.", "%(number)s messages will not go out.", number
        )
        return [
            words % {"number": intcomma(number)},
            *self.still_with_senders(),
            *self.more_to_come(),
        ]

    def perform(self, form: forms.Form) -> str:
        broadcasts.cancel(broadcast=self.object, now=timezone.now())
        return gettext("Cancelled.")


class PriorityForm(forms.Form):
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=[
            (one.value, one.label) for one in Broadcast.Priority if one != Broadcast.Priority.CALL
        ],
        coerce=lambda value: Broadcast.Priority(int(value)),
        widget=UnfoldAdminRadioSelectWidget,
    )


class PriorityPage(BroadcastPage):
    title = _("Send sooner or later")
    explanation = _(
        "Senders take the most urgent broadcast first, and of those equally urgent the oldest. A"
        " change takes effect within a second; what is handed over stays handed over."
    )
    button = _("Change the order")
    done = _("The order is changed.")
    form_class = PriorityForm

    def get_initial(self) -> dict[str, Any]:
        return {"priority": self.object.priority}

    def perform(self, form: forms.Form) -> str:
        priority = form.cleaned_data["priority"]
        broadcasts.reprioritise(broadcast=self.object, priority=priority)
        return gettext("Priority: %(priority)s") % {"priority": priority.label}
