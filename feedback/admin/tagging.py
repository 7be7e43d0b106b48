"""Putting tags on comments and taking them off: of how many it is, which ones, then it is done."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminTextInputWidget

from audiences.admin.pages import address
from feedback.models import Answer, Tag
from feedback.services import tags

_SAMPLE = 3


class TagForm(forms.Form):
    put_on = forms.ModelMultipleChoiceField(
        label=_("Put on"),
        queryset=Tag.objects.order_by("name_folded"),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
    )
    new = forms.CharField(
        label=_("A new tag"),
        max_length=60,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("One that is there already is taken in its place, whatever its case."),
    )
    take_off = forms.ModelMultipleChoiceField(
        label=_("Take off"),
        queryset=Tag.objects.order_by("name_folded"),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not any(given.values()):
            raise forms.ValidationError(_("Choose a tag, or type a new one."))
        if set(given.get("put_on", ())) & set(given.get("take_off", ())):
            raise forms.ValidationError(_("The same tag cannot be put on and taken off."))
        return given

    def wanted(self) -> list[Tag]:
        new = self.cleaned_data.get("new")
        return [*self.cleaned_data["put_on"], *([tags.named(name=new)] if new else [])]


def ask(
    admin: Any, request: HttpRequest, chosen: QuerySet[Answer], *, back: str = ""
) -> HttpResponse | None:
    """Show which comments are meant and ask; tag them once that is confirmed."""
    is_confirmed = "confirmed" in request.POST
    form = TagForm(request.POST if is_confirmed else None)
    if not request.user.has_perm("feedback.add_tag"):
        del form.fields["new"]
    if is_confirmed and form.is_valid():
        _carry_out(admin, request, chosen, form)
        return HttpResponseRedirect(back) if back else None
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": gettext("Tag comments"),
        "explanation": gettext("Tags are your own: customers never read them."),
        "consequences": [_which(chosen)],
        "button": gettext("Tag"),
        "form": form,
        "hidden": _hidden(request),
        "back": back or request.get_full_path(),
    }
    return TemplateResponse(request, "admin/action_page.html", context)


def of_one(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    comment = admin.get_object(request, object_id)
    if comment is None:
        raise Http404
    answer = ask(admin, request, Answer.objects.filter(pk=comment.pk), back=address(comment))
    assert answer, "there is a way back"
    return answer


def _which(chosen: QuerySet[Answer]) -> str:
    count = chosen.count()
    some = [Truncator(one.text).chars(80) for one in chosen[:_SAMPLE]]
    words = ngettext("%(count)s comment: %(some)s", "%(count)s comments: %(some)s", count)
    more = gettext(" and others") if count > len(some) else ""
    quoted = " · ".join(gettext("“%(words)s”") % {"words": one} for one in some)
    return words % {"count": f"{count:,}", "some": f"{quoted}{more}"}


def _hidden(request: HttpRequest) -> list[tuple[str, str]]:
    kept = {
        "action": "tag_many",
        "select_across": request.POST.get("select_across", "0"),
        "index": request.POST.get("index", "0"),
        "confirmed": "yes",
    }
    selected = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
    return [*kept.items(), *((helpers.ACTION_CHECKBOX_NAME, pk) for pk in selected)]


def _carry_out(admin: Any, request: HttpRequest, chosen: QuerySet[Answer], form: TagForm) -> None:
    put_on, take_off = form.wanted(), list(form.cleaned_data["take_off"])
    if put_on:
        count = tags.put(tags=put_on, comments=chosen)
        words = ngettext("Put on %(count)d comment.", "Put on %(count)d comments.", count)
        _note(admin, request, put_on, words % {"count": count})
    if take_off:
        count = tags.take_off(tags=take_off, comments=chosen)
        words = ngettext("Taken off %(count)d comment.", "Taken off %(count)d comments.", count)
        _note(admin, request, take_off, words % {"count": count})


def _note(admin: Any, request: HttpRequest, changed: list[Tag], words: str) -> None:
    for tag in changed:
        admin.log_change(request, tag, words)
        messages.success(request, f"{tag}: {words}")
