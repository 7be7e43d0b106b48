"""Tell related incidents as one, and tell them apart again: as an update that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from audiences.languages import spoken
from audiences.models import AudienceKind
from incidents.admin.publishing import PublishPage
from incidents.admin.storm_panel import address
from incidents.admin.update_form import UpdateForm, statuses
from incidents.models import Incident, Update
from incidents.models.status import FINAL
from incidents.services import (
    facts,
    proposals,
    storm_readers,
    storms,
    told_together,
    updates,
)
from incidents.services.storms import Candidate
from incidents.services.updates import UpdateDraft


class ToldToAllForm(UpdateForm):
    """Where incidents are told concerns everybody."""

    audience = forms.ChoiceField(required=False, choices=[("", "")], widget=forms.HiddenInput)


class TogetherForm(ToldToAllForm):
    merges = forms.MultipleChoiceField(
        label=_("What is told here from now on, too?"),
        error_messages={"required": _("Choose at least one incident.")},
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Their readers hear each update of this incident, once."),
    )

    # Of which incidents the words that were proposed speak; others may come and go meanwhile.
    proposed_of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        candidates: Sequence[Candidate],
        proposed: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.candidates, self.proposed = candidates, proposed
        self._choice("merges").choices = [(str(one.incident.pk), named(one)) for one in candidates]
        # It cannot begin with its end.
        self._choice("status").choices = [
            (status, label) for status, label in statuses(self.incident) if status not in FINAL
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            cleaned["public_text"] = self._words(cleaned["public_text"])
        because = "" if self.errors else told_together.obstacle(update=self._written())
        if because:
            self.add_error("merges", because)
        return cleaned

    def _words(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Words that were left as proposed name what was chosen after all."""
        named = storms.words(into=self.incident, incidents=self.chosen())
        return {
            code: named[code] if text == self.proposed.get(code) else text
            for code, text in texts.items()
        }

    def draft(self) -> UpdateDraft:
        return replace(super().draft(), merges=[one.pk for one in self.chosen()])

    def concerns(self) -> list[str]:
        """Where some of our own people would hear less than before: this plan has its reasons."""
        written = self._written()
        then = proposals.as_it_would_be(update=written, statuses={})
        number = storm_readers.unheard(incident=then, kinds=[AudienceKind.INTERNAL]).count()
        words = ngettext(
            "%(n)s internal reader hears nothing more of it: this plan does not tell them by"
            " their channel.",
            "%(n)s internal readers hear nothing more of it: this plan does not tell them by"
            " their channel.",
            number,
        )
        return [words % {"n": number}] if number else []

    def _written(self) -> Update:
        return updates.written(
            incident=self.incident, draft=self.draft(), by=None, at=self.story_time
        )

    def chosen(self) -> list[Incident]:
        wanted = self.cleaned_data["merges"]
        return [one.incident for one in self.candidates if str(one.incident.pk) in wanted]


class TogetherPage(PublishPage):
    title = _("Tell together with…")
    explanation = _(
        "One storm, one conversation: what is published here from now on also reaches the readers"
        " of the incidents that you choose, each person once. This update says so, and answers what"
        " was promised there. Their own messages end; their tasks stay."
    )
    form_class = TogetherForm

    @cached_property
    def candidates(self) -> list[Candidate]:
        return storms.candidates(incident=self.object)

    def get_form_kwargs(self) -> dict[str, Any]:
        given = {"candidates": self.candidates, "proposed": self._words()}
        return {**super().get_form_kwargs(), **given}

    @cached_property
    def proposed(self) -> list[Incident]:
        if posted := self.request.POST.get("proposed_of", ""):
            known = Incident.objects.in_bulk([one for one in posted.split(",") if one.isdecimal()])
            return list(known.values())
        wanted = self.request.GET.getlist("with")
        return [
            one.incident
            for one in self.candidates
            if (str(one.incident.pk) in wanted if wanted else one.is_related)
        ]

    def _words(self) -> Mapping[str, str]:
        chosen = self.proposed
        return storms.words(into=self.object, incidents=chosen) if chosen else {}

    def get_initial(self) -> dict[str, Any]:
        # What was written before and refused is kept.
        return {
            "public_text": self._words(),
            **super().get_initial(),
            "merges": [str(one.pk) for one in self.proposed],
            "proposed_of": ",".join(str(one.pk) for one in self.proposed),
        }

    def publish(self, form: UpdateForm) -> Update:
        assert isinstance(form, TogetherForm)
        return storms.merge(
            incidents=form.chosen(),
            into=form.incident,
            draft=form.draft(),
            by=self.actor,
            now=self.now,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        others = [
            (spoken(one.incident.title), address(one.incident, self.object))
            for one in self.candidates
        ]
        return super().get_context_data(**kwargs, others=others, is_alone=not others)


class JoinedPage(PublishPage):
    """An update with words for what is told within it since a moment ago."""

    def get_initial(self) -> dict[str, Any]:
        joined = self.object.merged.filter(pk=self.kwargs["joined_id"])
        words = storms.words(into=self.object, incidents=joined) if joined else {}
        return {**super().get_initial(), "public_text": words}


class ApartForm(ToldToAllForm):
    def draft(self) -> UpdateDraft:
        return replace(super().draft(), parts=True)


class ApartPage(PublishPage):
    title = _("Tell apart again")
    explanation = _(
        "From now on it is told by itself: this update goes to its own readers, and its timeline"
        " and promises live again."
    )
    form_class = ApartForm
    tells_what_is_within = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.has_permission() and self.object.merged_into is None:
            return HttpResponseRedirect(self.back())
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        words = storms.words_of_parting(incident=self.object)
        return {"public_text": words, **super().get_initial()}

    def publish(self, form: UpdateForm) -> Update:
        return storms.part(incident=form.incident, draft=form.draft(), by=self.actor, now=self.now)


def named(candidate: Candidate) -> str:
    """A candidate with what it shares."""
    title, shared = spoken(candidate.incident.title), list(_shared(candidate))
    return f"{title} ({'; '.join(shared)})" if shared else title


def _shared(candidate: Candidate) -> Sequence[str]:
    parts = []
    if candidate.components:
        names = facts.listed([one.name for one in candidate.components])
        parts.append(gettext("both hit: %(names)s") % {"names": names})
    elif candidate.groups:
        names = facts.listed([one.name for one in candidate.groups])
        parts.append(gettext("both in: %(names)s") % {"names": names})
    if candidate.segments:
        names = facts.listed([one.name for one in candidate.segments])
        parts.append(gettext("same readers: %(names)s") % {"names": names})
    return parts
