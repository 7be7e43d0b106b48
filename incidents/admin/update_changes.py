"""What an update says anew: its words and facts against what the same readers heard last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.admin.moments import brief
from audiences.models import AudienceKind, Detail
from incidents.models import Update
from incidents.services import facts, proposals
from incidents.services.facts import Facts
from messaging.services import markdown
from messaging.services.insertable import EXPLANATIONS
from messaging.services.placeholders import FACTS, INTERNAL
from messaging.services.word_changes import Change, changes

# The words of the two detail levels; every other fact belongs to both.
_WORDS: Mapping[str, Any] = {
    Detail.PUBLIC: _("the words"),
    Detail.TECHNICAL: _("the technical words"),
}
# Compared as they were written; and the times, which are no news by themselves.
_APART = INTERNAL | {"update", "next_update", "started", "resolved", "wrong_at"}


@dataclass(frozen=True)
class Difference:
    """One language and detail level: each text that differs, by its name, word by word.

    `is_new` where nothing was said in it before; `is_same` where at most a time differs.
    """

    language: str
    detail: str
    texts: Sequence[tuple[str, Sequence[Change]]] = ()
    is_new: bool = False
    is_same: bool = False

    @property
    def name(self) -> str:
        return f"{dict(settings.LANGUAGES)[self.language]} · {Detail(self.detail).label}"


@dataclass(frozen=True)
class Against:
    """Everything that differs from an update; without one it is the first."""

    update: Update | None
    differences: Sequence[Difference] = ()
    at: str = ""


def against_the_last(*, update: Update, statuses: Mapping[int, str]) -> Against:
    """Compare what is to be published, not stored, with what the same readers heard last."""
    last = _last(update)
    if last is None:
        return Against(None)
    after = proposals.as_it_would_be(update=update, statuses=statuses)
    before = facts.build(incident=update.incident, update=last)
    new = facts.build(incident=after, update=update)
    found = (
        _difference(code, detail, before, new, last, update)
        for code in languages.codes()
        for detail in Detail.values
    )
    at = brief(last.published_at, update.published_at)
    return Against(last, [one for one in found if one], at)


def _last(update: Update) -> Update | None:
    """What those heard last whom this is for, as it holds; for everybody: what customers heard."""
    kinds = ["", update.audience or AudienceKind.CUSTOMER]
    last = update.incident.updates.published().filter(audience__in=kinds).last()
    return last.as_corrected if last else None


def _difference(
    code: str, detail: str, before: Facts, after: Facts, last: Update, update: Update
) -> Difference | None:
    """None where nothing is said at this detail level."""
    old, new = _words(last, detail).get(code, ""), _words(update, detail).get(code, "")
    if not new.strip():
        return None
    if not old.strip():
        return Difference(code, detail, is_new=True)
    texts = [(_WORDS[detail], old, new)] if old.split() != new.split() else []
    if detail == Detail.PUBLIC:
        texts += _changed(before.texts[code], after.texts[code])
    return Difference(
        code,
        detail,
        [(str(name), changes(was, now)) for name, was, now in texts],
        is_same=not texts,
    )


def _words(update: Update, detail: str) -> Mapping[str, str]:
    texts: Any = update.public_text if detail == Detail.PUBLIC else update.technical_text
    return {code: markdown.unescape(text) for code, text in (texts or {}).items()}


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[Any, str, str]]:
    """Every fact that both levels may say, by what it is."""
    return [
        (explanation, old.get(name, ""), new.get(name, ""))
        for name, explanation in EXPLANATIONS.items()
        if name in FACTS and name not in _APART and old.get(name, "") != new.get(name, "")
    ]
