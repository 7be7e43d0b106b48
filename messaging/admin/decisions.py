"""What a person decides about messages nobody can be sure of, for one and for many at once."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audiences.admin.base import actor
from audiences.admin.pages import ActionPage, ReasonForm
from messaging.models import Delivery
from messaging.services import decisions
from messaging.services.decisions import Decided
from messaging.states import State

# As many as one form decides about: those a dead sender leaves behind are far fewer.
AT_ONCE = 5_000


class DecisionPage(ActionPage):
    """One delivery's page; `ask_for_many()` shows the same for the action on a list."""

    permission = "decide"
    form_class = ReasonForm
    action_name: ClassVar[str]
    noted: Any = ""
    decide: ClassVar[Callable[..., Decided]]

    def form_valid(self, form: forms.Form) -> HttpResponse:
        carry_out(self, self.request, Delivery.objects.filter(pk=self.object.pk), form)
        return HttpResponseRedirect(self.back())

    @staticmethod
    def done(count: int) -> str:
        raise NotImplementedError


class ResendPage(DecisionPage):
    title = _("Send again what may not have arrived")
    explanation = _(
        "Nobody knows whether this went out. Whoever got it gets it twice: an e-mail under the same"
        " Message-ID, which many mailboxes show once, a text message as a second one."
    )
    button = _("Resend")
    action_name = "resend_many"
    noted = _("Resent although it may have gone out: %(reason)s")
    decide = staticmethod(decisions.resend)

    @staticmethod
    def done(count: int) -> str:
        return ngettext(
            "%(count)d message is sent again.", "%(count)d messages are sent again.", count
        )


class TreatAsSentPage(DecisionPage):
    title = _("Treat as sent")
    explanation = _(
        "Nobody knows whether this went out. It is counted as accepted and not sent again;"
        " what the provider reports later still counts."
    )
    button = _("Treat as sent")
    action_name = "treat_many_as_sent"
    noted = _("Treated as sent: %(reason)s")
    decide = staticmethod(decisions.treat_as_sent)

    @staticmethod
    def done(count: int) -> str:
        return ngettext(
            "%(count)d message counts as sent.", "%(count)d messages count as sent.", count
        )


Page = DecisionPage | type[DecisionPage]


def carry_out(
    page: Page, request: HttpRequest, deliveries: QuerySet[Delivery], form: forms.Form
) -> None:
    """Decide, note it in every delivery's history, and say what was and was not done."""
    now, ids = timezone.now(), list(deliveries.values_list("pk", flat=True)[:AT_ONCE])
    with transaction.atomic():
        decided = page.decide(ids=ids, now=now)
        if decided.ids:
            LogEntry.objects.log_actions(
                user_id=actor(request).pk,
                queryset=Delivery.objects.filter(pk__in=decided.ids),
                action_flag=CHANGE,
                change_message=str(page.noted) % form.cleaned_data,
            )
    _tell(page, request, decided)


def _tell(page: Page, request: HttpRequest, decided: Decided) -> None:
    done, late, settled = len(decided.ids), decided.too_late, decided.settled
    if done:
        messages.success(request, page.done(done) % {"count": done})
    if late:
        left = ngettext(
            "%(count)d message was left: its broadcast is cancelled or no longer news.",
            "%(count)d messages were left: their broadcasts are cancelled or no longer news.",
            late,
        )
        messages.error(request, left % {"count": late})
    if settled:
        left = ngettext(
            "%(count)d message was left: what became of it is known.",
            "%(count)d messages were left: what became of them is known.",
            settled,
        )
        messages.warning(request, left % {"count": settled})


def ask_for_many(
    page: type[DecisionPage], admin: Any, request: HttpRequest, chosen: QuerySet[Delivery]
) -> HttpResponse | None:
    """Show how many there are and ask for a reason; do it once that has been given."""
    unknown = chosen.filter(state=State.UNKNOWN)
    count = unknown.count()
    if not count:
        messages.warning(request, gettext("None of these is unknown: nothing was changed."))
        return None
    is_confirmed = "confirmed" in request.POST
    form = page.form_class(request.POST if is_confirmed else None)
    if is_confirmed and form.is_valid():
        carry_out(page, request, unknown, form)
        return None
    hidden = {
        "action": page.action_name,
        "select_across": request.POST.get("select_across", "0"),
        "index": request.POST.get("index", "0"),
        "confirmed": "yes",
    }
    selected = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
    many = ngettext("%(count)d message is unknown.", "%(count)d messages are unknown.", count)
    return TemplateResponse(
        request,
        "admin/action_page.html",
        {
            **admin.admin_site.each_context(request),
            "opts": admin.opts,
            "title": page.title,
            "explanation": f"{many % {'count': count}} {page.explanation}",
            "button": page.button,
            "form": form,
            "hidden": [*hidden.items(), *((helpers.ACTION_CHECKBOX_NAME, pk) for pk in selected)],
            "back": request.get_full_path(),
        },
    )
