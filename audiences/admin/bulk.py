"""One change to many contacts: says to how many and shows some of them, asks, then does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import helpers, site
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from audiences import tasks
from audiences.admin.base import actor
from audiences.admin.pages import address
from audiences.models import Channel, Contact, Segment, Subscription
from audiences.services import bulk, consents, erasure

SAMPLE = 5
# More than one batch is a worker's, so that nobody waits for a page.
AT_ONCE = bulk.BATCH


class BulkForm(forms.Form):
    """`count` is how many people are meant."""

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = count

    def details(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ListForm(BulkForm):
    segment = forms.ModelChoiceField(
        label=_("segment"),
        queryset=Segment.objects.in_use(),
        widget=AutocompleteSelect(
            Subscription._meta.get_field("segment"),
            site,
            attrs={"class": "unfold-admin-autocomplete"},
        ),
    )
    channel = forms.ChoiceField(
        label=_("channel"), choices=Channel.choices, widget=UnfoldAdminSelectWidget
    )
    evidence = forms.CharField(
        label=_("evidence"),
        max_length=400,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("How you know that they want this. It is kept with every subscription."),
    )

    def clean_evidence(self) -> str:
        said: str = self.cleaned_data["evidence"]
        if not consents.is_said(said):
            raise forms.ValidationError(_("Say how and when these people have agreed."))
        return said

    def details(self) -> dict[str, Any]:
        return {**self.cleaned_data, "segment": self.cleaned_data["segment"].pk}


class LanguageForm(BulkForm):
    language = forms.ChoiceField(
        label=_("language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )


class EraseForm(BulkForm):
    typed = forms.CharField(label=_("How many people"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        super().__init__(*args, count=count, **kwargs)
        self.fields["typed"].help_text = _("To confirm, type %(count)s") % {"count": count}

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if typed != str(self.count):
            raise forms.ValidationError(_("This is another number: nobody was erased."))
        return typed

    def details(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class Bulk:
    # What the worker is told, see services/bulk.py, and what the list calls it.
    what: str
    action: str
    title: Any
    explanation: Any
    form: type[BulkForm] = BulkForm
    is_dangerous: bool = False
    # What is not made in batches, but starts something of its own: its page is shown.
    start: Callable[[list[int], User], models.Model] | None = None


SUBSCRIBE = Bulk(
    "subscribe",
    "subscribe",
    _("Subscribe to a segment"),
    _(
        "Whoever left this list stays away, and whoever has no address on the channel is left out."
        " A text message needs a consent of its own."
    ),
    ListForm,
)
UNSUBSCRIBE = Bulk(
    "unsubscribe",
    "unsubscribe",
    _("Unsubscribe from a segment"),
    _("They hear it no more, also where a rule would name them."),
    ListForm,
)
LANGUAGE = Bulk(
    "set_language",
    "set_language",
    _("Set the language"),
    _("Messages that start from now on come in this language."),
    LanguageForm,
)
SHARED = Bulk(
    "mark_shared",
    "mark_shared",
    _("Mark as shared address"),
    _("Several people read it: none of them can leave for all without the others knowing."),
)
ERASE = Bulk(
    "erase",
    "erase_many",
    _("Erase these people"),
    _(
        "Their contacts, subscriptions, consents and answers in words go for good; only a keyed"
        " hash of each address remains. This cannot be undone."
    ),
    EraseForm,
    is_dangerous=True,
    start=lambda ids, by: erasure.request(ids=ids, by=by, now=timezone.now()),
)


def ask(
    change: Bulk, admin: Any, request: HttpRequest, chosen: QuerySet[Contact]
) -> HttpResponse | None:
    """Show whom it is about and ask; do it once that is confirmed."""
    count = chosen.count()
    is_confirmed = "confirmed" in request.POST
    form = change.form(request.POST if is_confirmed else None, count=count)
    if is_confirmed and form.is_valid():
        return _start(change, request, chosen, form.details())
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": change.title,
        "explanation": change.explanation,
        "consequences": [_whom(chosen, count)],
        "button": change.title,
        "is_dangerous": change.is_dangerous,
        "form": form,
        "hidden": _hidden(change, request),
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/action_page.html", context)


def _whom(chosen: QuerySet[Contact], count: int) -> str:
    some = ", ".join(str(contact) for contact in chosen.order_by("-pk")[:SAMPLE])
    words = ngettext("%(count)s person: %(some)s", "%(count)s people: %(some)s", count)
    more = gettext(" and others") if count > SAMPLE else ""
    return words % {"count": f"{count:,}", "some": f"{some}{more}"}


def _hidden(change: Bulk, request: HttpRequest) -> list[tuple[str, str]]:
    kept = {
        "action": change.action,
        "select_across": request.POST.get("select_across", "0"),
        "index": request.POST.get("index", "0"),
        "confirmed": "yes",
    }
    selected = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
    return [*kept.items(), *((helpers.ACTION_CHECKBOX_NAME, pk) for pk in selected)]


def _start(
    change: Bulk, request: HttpRequest, chosen: QuerySet[Contact], details: dict[str, Any]
) -> HttpResponse | None:
    by = actor(request)
    ids = list(chosen.order_by("pk").values_list("pk", flat=True))
    if change.start:
        return HttpResponseRedirect(address(change.start(ids, by)))
    if len(ids) > AT_ONCE:
        _hand_over(change, request, ids, details)
        return None
    changed = bulk.carry_out(what=change.what, ids=ids, details=details, by=by, now=timezone.now())
    _tell(request, changed, len(ids) - changed)
    return None


def _hand_over(change: Bulk, request: HttpRequest, ids: list[int], details: dict[str, Any]) -> None:
    by = actor(request)
    for start in range(0, len(ids), bulk.BATCH):
        some = ids[start : start + bulk.BATCH]
        try:
            tasks.change_many.delay(what=change.what, ids=some, details=details, by_id=by.pk)
        except OperationalError:
            words = gettext(
                "The broker does not answer: %(done)s of %(all)s were handed to the workers. Do it"
                " again when it is back; who has been changed already is not changed twice."
            )
            messages.error(request, words % {"done": f"{start:,}", "all": f"{len(ids):,}"})
            return
    words = gettext("%(count)s people: the workers are at it. Each change stands in the history.")
    messages.success(request, words % {"count": f"{len(ids):,}"})


def _tell(request: HttpRequest, changed: int, left: int) -> None:
    done = ngettext("%(count)d person was changed.", "%(count)d people were changed.", changed)
    messages.success(request, done % {"count": changed})
    if left:
        same = ngettext(
            "%(count)d person stays as they were: it is so already, they left this list, or have no"
            " address on the channel.",
            "%(count)d people stay as they were: it is so already, they left this list, or have no"
            " address on the channel.",
            left,
        )
        messages.warning(request, same % {"count": left})
