"""A message's fixed words are wrong: put them right, look at who hears so, confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from audiences import languages
from audiences.admin.moments import brief
from audiences.admin.pages import ActionPage
from incidents.admin import correction_rows, forecast_rows, readings, update_look
from incidents.admin.room_thread import where_facts_are_corrected
from incidents.admin.wording import as_read
from incidents.models import TimelineEntry
from incidents.services import fixed_word_copies, fixed_words, update_checks
from incidents.services.fixed_word_copies import RightWords
from messaging.admin import letters
from messaging.admin.letters import Letter
from messaging.services import wrong_texts


class WordsForm(forms.Form):
    """One text per language, each beside what was said in it."""

    # How many corrections its author has seen.
    after = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            self.fields[f"right_{code}"] = forms.CharField(
                label=_("What is right, in this language: %(language)s") % {"language": name},
                required=False,
                widget=UnfoldAdminExpandableTextareaWidget(attrs={"lang": code, "rows": 8}),
            )

    def right(self) -> RightWords:
        typed = self.cleaned_data
        texts = {code: typed[f"right_{code}"] for code in languages.codes()}
        return RightWords({code: text for code, text in texts.items() if text}, typed["after"])


@dataclass(frozen=True)
class Beside:
    """What was said in one language, and the field for what is right."""

    language: str
    letters: Sequence[Letter]
    field: forms.BoundField


@dataclass(frozen=True)
class WordsReview:
    """Exactly what confirming will do."""

    texts: Sequence[tuple[str, SafeString]]
    rows: Sequence[forecast_rows.Row]
    findings: Sequence[tuple[str, Sequence[readings.Remark]]]
    # Readers of the other languages, who hear nothing: how many, by the name of theirs.
    unwritten: Sequence[tuple[str, int]]
    # Copies that wait, and get nothing in their place.
    recalled: int

    @property
    def reach(self) -> list[tuple[str, int]]:
        return forecast_rows.total(self.rows)

    @property
    def price(self) -> str:
        return forecast_rows.price(self.rows)


class CorrectWordsPage(ActionPage):
    title = _("Correct the words of a message")
    template_name = "admin/incidents/correct_words.html"
    form_class = WordsForm

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def entry(self) -> TimelineEntry:
        rows = self.object.timeline.select_related("step__template", "broadcast")
        found: TimelineEntry | None = rows.filter(pk=self.kwargs["entry_id"]).first()
        if found is None or found.update_id or found.broadcast is None:
            raise Http404
        found.incident = self.object
        return found

    @cached_property
    def told(self) -> list[TimelineEntry]:
        return fixed_word_copies.told(entry=self.entry)

    def get_initial(self) -> dict[str, Any]:
        return {"after": len(fixed_word_copies.corrections(self.told))}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        assert isinstance(form, WordsForm)
        if "_edit" in self.request.POST:
            return self.form_invalid(form)
        right = form.right()
        try:
            if "_preview" in self.request.POST:
                return self._show_looks(form, right)
            if "_confirm" not in self.request.POST:
                return self._show_review(form, right)
            fixed_words.correct(entry=self.entry, right=right, by=self.actor, now=self.now)
        except update_checks.CannotPublish as error:
            if isinstance(error, update_checks.Outdated):
                form.data = {**self.request.POST.dict(), **self._seen()}
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("Corrected. Whoever got the wrong text hears so now."))
        return HttpResponseRedirect(self.back())

    def _seen(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.get_initial().items()}

    def _show_looks(self, form: WordsForm, right: RightWords) -> HttpResponse:
        entries = fixed_words.check(entry=self.entry, right=right)
        at = self.object.story_time(self.now)
        again = fixed_words.retold(entries=entries, right=right, at=at)
        looks = update_look.looked_at(self.request, update_look.of_retold([again]))
        self.template_name = "admin/messaging/look.html"
        return self.render_to_response(self.get_context_data(form=form, looks=looks))

    def _show_review(self, form: WordsForm, right: RightWords) -> HttpResponse:
        typed = [
            (name, value)
            for name, value in self.request.POST.items()
            if not name.startswith(("_", "csrfmiddlewaretoken"))
        ]
        review = self._review(right)
        return self.render_to_response(self.get_context_data(form=form, review=review, typed=typed))

    def _review(self, right: RightWords) -> WordsReview:
        at = self.object.story_time(self.now)
        entries = fixed_words.check(entry=self.entry, right=right)
        again = fixed_words.retold(entries=entries, right=right, at=at)
        said = fixed_words.written(entry=self.entry, right=right, by=self.actor, at=at)
        unheard = fixed_word_copies.unwritten(entries=entries, right=right)
        names = dict(settings.LANGUAGES)
        return WordsReview(
            texts=[(code, as_read(text)) for code, text in right.texts.items()],
            rows=list(correction_rows.of_step(again, entries[0], self.now)),
            findings=readings.remarks(update=said, statuses={}, now=at),
            unwritten=[(str(names[code]), number) for code, number in unheard.items()],
            recalled=0 if again.notice else wrong_texts.reached(again.wrong).waiting.total(),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        root, clock = self.told[0], self.object.story_time(self.now)
        latest = self.object.updates.published().last()
        return {
            **context,
            "root": root,
            "said_at": brief(root.released_at, clock),
            "beside": self._beside(context["form"]),
            "earlier": [
                (brief(one.released_at, clock), one.decided_by, self._right_of(one))
                for one in fixed_word_copies.corrections(self.told)
            ],
            "obstacle": fixed_words.obstacle(entry=self.entry),
            "facts_address": where_facts_are_corrected(root, latest),
        }

    def _right_of(self, entry: TimelineEntry) -> list[tuple[str, SafeString]]:
        facts = fixed_word_copies.message_of(entry).facts
        return [(code, as_read(facts[code].get("update", ""))) for code in languages.codes()]

    def _beside(self, form: forms.Form) -> list[Beside]:
        message = fixed_word_copies.message_of(self.told[0])
        segments = list(message.segments.all())
        read = letters.of_contents(message.contents.all(), message.channels, None, segments)
        by_language = {
            code: [one for one in read if one.content.language == code]
            for code in languages.codes()
        }
        return [Beside(code, found, form[f"right_{code}"]) for code, found in by_language.items()]
