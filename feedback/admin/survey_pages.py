"""What is done with a version of a survey: a new one is made of it, and put in force."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audiences.admin.pages import ActionPage, address
from feedback.models import SurveyVersion
from feedback.services import checks, surveys, versions


class RevisePage(ActionPage):
    title = _("A new version of this survey?")
    permission = "revise"
    explanation = _(
        "A draft is made as a copy of this version. You change it, look at the preview and activate"
        " it; until then nothing changes for anybody. A draft that is there already is opened"
        " instead."
    )
    button = _("New version")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        draft = versions.revise(version=self.object, by=self.actor)
        messages.success(self.request, gettext("This is the draft: %(draft)s.") % {"draft": draft})
        return HttpResponseRedirect(address(draft))


class ActivatePage(ActionPage):
    title = _("Activate this version?")
    permission = "revise"
    template_name = "admin/feedback/activate.html"
    button = _("Activate")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            problems=checks.problems(version=self.object),
            consequences=self._consequences(),
        )

    def _consequences(self) -> list[str]:
        found = [gettext("Whoever is invited from now on is asked this version.")]
        before: SurveyVersion | None = surveys.in_force(survey=self.object.survey)
        if before:
            open_ones = before.invitations.filter(closes_at__gt=timezone.now()).count()
            found.append(_replaced(before.number))
            found += [_kept(open_ones)] if open_ones else []
        if self.object.is_anonymous:
            found.append(_anonymous())
        return found + checks.gaps(version=self.object)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            versions.activate(draft=self.object, now=timezone.now())
        except versions.NotADraft:
            messages.warning(self.request, _("This version was activated or retired before."))
            return HttpResponseRedirect(self.back())
        except versions.NotReady:
            return self.form_invalid(form)  # The page says what is to be mended.
        self.model_admin.log_change(self.request, self.object, gettext("Activated."))
        messages.success(self.request, _("In force: whoever is invited from now on is asked it."))
        return HttpResponseRedirect(self.back())


def _anonymous() -> str:
    return gettext(
        "It is anonymous: answers cannot be traced back to anybody, so that they cannot be changed"
        " or erased one by one, and a low score becomes nobody's task."
    )


def _replaced(number: int) -> str:
    words = gettext("Version %(number)s is retired; its answers keep its questions.")
    return words % {"number": number}


def _kept(count: int) -> str:
    words = ngettext(
        "%(count)d invitation that is still open goes on asking it.",
        "%(count)d invitations that are still open go on asking it.",
        count,
    )
    return words % {"count": count}
