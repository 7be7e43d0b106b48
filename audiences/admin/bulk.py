"""One change to many rows of a list: says to how many and shows some of them, asks, then does
it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.auth.models import User
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from audiences.admin.base import actor
from audiences.admin.pages import address
from audiences.services import bulk, bulk_work
from audiences.services.bulk_accounts import Gone

SAMPLE = 5
# More than one batch is a worker's, so that nobody waits for a page.
AT_ONCE = bulk.BATCH


class BulkForm(forms.Form):
    """`count` is how many are meant."""

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = count

    def details(self) -> dict[str, Any]:
        return dict(self.cleaned_data)

    def said(self) -> str:
        """What was chosen, in the words of the page."""
        return ", ".join(f"{self[name].label}: {self._word(name)}" for name in self.cleaned_data)

    def _word(self, name: str) -> str:
        value, field = self.cleaned_data[name], self.fields[name]
        if value and isinstance(field, forms.ModelChoiceField):
            value = field.label_from_instance(value)
        elif isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            choices: Any = field.choices
            value = dict(choices)[value]
        return str(value or "–")


# What a page says of so many.
Said = Callable[[int], str]


@dataclass(frozen=True)
class Noun:
    """What a page calls them: with some of them by name, once they were changed, and where they
    were not."""

    whom: Said
    changed: Said
    unchanged: Said


PEOPLE = Noun(
    whom=lambda n: ngettext("%(count)s person: %(some)s", "%(count)s people: %(some)s", n),
    changed=lambda n: ngettext(
        "%(count)d person was changed.", "%(count)d people were changed.", n
    ),
    unchanged=lambda n: ngettext(
        "%(count)d person stays as they were: it is so already, they left this list, or have no"
        " address on the channel.",
        "%(count)d people stay as they were: it is so already, they left this list, or have no"
        " address on the channel.",
        n,
    ),
)


@dataclass(frozen=True)
class Bulk:
    of: Noun
    # What the worker is told, see services/bulk.py, and what the list calls it.
    what: str
    action: str
    title: Any
    explanation: Any
    form: type[BulkForm] = BulkForm
    is_dangerous: bool = False
    # What is not made in batches, but starts something of its own: its page is shown.
    start: Callable[[list[int], User], models.Model] | None = None


def ask(
    change: Bulk, admin: Any, request: HttpRequest, chosen: QuerySet[Any]
) -> HttpResponse | None:
    """Show whom it is about and ask; do it once that is confirmed."""
    count = chosen.count()
    is_confirmed = "confirmed" in request.POST
    form = change.form(request.POST if is_confirmed else None, count=count)
    if is_confirmed and form.is_valid():
        return _start(change, request, chosen, form)
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": change.title,
        "explanation": change.explanation,
        "consequences": [_whom(change, chosen, count)],
        "button": change.title,
        "is_dangerous": change.is_dangerous,
        "form": form,
        "hidden": _hidden(change, request),
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/action_page.html", context)


def _whom(change: Bulk, chosen: QuerySet[Any], count: int) -> str:
    some = ", ".join(str(one) for one in chosen.order_by("-pk")[:SAMPLE])
    more = gettext(" and others") if count > SAMPLE else ""
    return change.of.whom(count) % {"count": f"{count:,}", "some": f"{some}{more}"}


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
    change: Bulk, request: HttpRequest, chosen: QuerySet[Any], form: BulkForm
) -> HttpResponse | None:
    by, now, details = actor(request), timezone.now(), form.details()
    ids = list(chosen.order_by("pk").values_list("pk", flat=True))
    if change.start:
        return HttpResponseRedirect(address(change.start(ids, by)))
    if len(ids) > AT_ONCE:
        said = (str(change.title), form.said())
        begun = bulk_work.request(
            what=change.what, ids=ids, details=details, said=said, by=by, now=now
        )
        return HttpResponseRedirect(address(begun))
    try:
        changed = bulk.carry_out(what=change.what, ids=ids, details=details, by=by, now=now)
    except Gone as error:
        messages.error(request, str(error))
        return None
    _tell(change, request, changed, len(ids) - changed)
    return None


def _tell(change: Bulk, request: HttpRequest, changed: int, left: int) -> None:
    messages.success(request, change.of.changed(changed) % {"count": changed})
    if left:
        messages.warning(request, change.of.unchanged(left) % {"count": left})
