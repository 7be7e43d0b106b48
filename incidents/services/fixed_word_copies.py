"""Which copies said wrong words of their own, and what their readers get in place of these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages
from audiences.models import Detail, Severity
from audiences.zones import moment
from incidents.models import TimelineEntry
from incidents.models.facts import FACTS
from incidents.services import safe_words, wrong_copies
from incidents.services.wrong_copies import Retold
from messaging.models import Broadcast, Template, TemplateVariant
from messaging.services import broadcasts, wrong_texts
from messaging.services.broadcasts import Announcement
from messaging.services.wrong_texts import Wrong

Purpose = Broadcast.Purpose
# Known then: it may be old by now, and is not what was wrong.
_UNSAID = (*FACTS, "self_help", "components", "next_update", "technical", "question")
_ABOUT = ":broadcast-"


@dataclass(frozen=True)
class RightWords:
    """What is right, by language: only who read one of these is written to.

    `after` is how many corrections of the message its author has seen; None is not checked.
    """

    texts: Mapping[str, str]
    after: int | None = None

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(code for code, text in self.texts.items() if text.strip())


def told(*, entry: TimelineEntry) -> list[TimelineEntry]:
    """The message that was wrong at first, and what has put its words right since."""
    root = _first(entry)
    since = entry.incident.timeline.filter(slot__contains=slot(root, ""))
    entries = [root, *since.select_related("broadcast", "decided_by", "step").order_by("pk")]
    for one in entries:
        one.incident = entry.incident
    return entries


def slot(root: TimelineEntry, number: object) -> str:
    """The part of an entry's slot that says which message it puts right, and which time it is."""
    return f"{_ABOUT}{root.broadcast_id}-{number}"


def _first(entry: TimelineEntry) -> TimelineEntry:
    _before, is_later, about = entry.slot.partition(_ABOUT)
    if not is_later:
        return entry
    timeline = entry.incident.timeline.select_related("broadcast", "step__template")
    return timeline.get(broadcast=int(about.partition("-")[0]))


def corrections(entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """Of what was told, each time that it was put right."""
    return [one for one in entries[1:] if message_of(one).purpose == Purpose.CORRECTION]


def message_of(entry: TimelineEntry) -> Broadcast:
    assert entry.broadcast, "it has told something"
    return entry.broadcast


def retold(*, entries: Sequence[TimelineEntry], right: RightWords, at: datetime) -> Retold:
    """Whom it reaches at a moment of the story, and what it says to them.

    :raises CannotSay: a template cannot say it.
    """
    root = entries[0]
    wrong = _wrong(entries, right.languages)
    correction = _safe(_correction(root, right, at), root)
    notice = None
    awaited = wrong_texts.notices(wrong)
    if message_of(root).purpose == Purpose.NOTICE and wrong_texts.is_awaited(awaited):
        notice = _safe(_alone(correction, root), root)
    return Retold(root.step, wrong, correction, notice)


def unwritten(*, entries: Sequence[TimelineEntry], right: RightWords) -> dict[str, int]:
    """How many got it in a language in which nothing is put right, by language."""
    others = frozenset(languages.codes()) - right.languages
    found: dict[str, int] = {}
    for one in _wrong(entries[:1], others):
        by_text = wrong_texts.reached([one]).got
        for code in sorted(others):
            read = wrong_texts.read_in(one.broadcast, {code}, one.texts)
            if number := sum(by_text[text] for text in read):
                found[code] = number
    return found


def _wrong(entries: Sequence[TimelineEntry], codes: frozenset[str]) -> list[Wrong]:
    every = frozenset(product(languages.codes(), Detail.values))
    found = []
    for broadcast in map(message_of, entries):
        texts = frozenset((channel, *one) for channel in broadcast.channels for one in every)
        found.append(Wrong(broadcast, wrong_texts.read_in(broadcast, codes, texts)))
    return [one for one in found if one.texts]


def _safe(announced: Announcement, root: TimelineEntry) -> Announcement:
    safe, _held = safe_words.announcement(announced, step=root.step, incident=root.incident)
    return safe


def _correction(root: TimelineEntry, right: RightWords, at: datetime) -> Announcement:
    broadcast = message_of(root)
    told_at = root.released_at or root.due_at
    return Announcement(
        title=": ".join((_("Correction"), broadcast.title))[:300],
        template=wrong_copies.correction_template(),
        facts={
            code: _facts(known, code, right, _moment_in(code, told_at, at))
            for code, known in broadcast.facts.items()
        },
        moments=[*broadcasts.thawed(broadcast.moments), (told_at, at)],
        thread=broadcast.thread,
        channels=broadcast.channels,
        segments=list(broadcast.segments.all()),
        purpose=Purpose.CORRECTION,
        supersedes=False,
        priority=Broadcast.Priority(broadcast.priority),
        severity=Severity(broadcast.severity),
        is_played=broadcast.is_played,
        rights_a_request=broadcast.purpose in Broadcast.CONSENTED,
    )


def _facts(known: Mapping[str, str], code: str, right: RightWords, wrong_at: str) -> dict[str, str]:
    unsaid = {name: "" for name in _UNSAID if name in known}
    return {**known, **unsaid, "update": languages.pick(right.texts, code), "wrong_at": wrong_at}


def _moment_in(code: str, at: datetime, seen_at: datetime) -> str:
    with override(code):
        return moment(at, seen_at)


def _alone(correction: Announcement, root: TimelineEntry) -> Announcement:
    """Who has not got the wrong words gets the right ones alone, and nothing of a mistake."""
    template = correction.template
    return replace(
        correction,
        title=message_of(root).title,
        purpose=Purpose.NOTICE,
        instead=[_just_what_is_right(template, code) for code in languages.codes()],
    )


def _just_what_is_right(template: Template, code: str) -> TemplateVariant:
    return TemplateVariant(
        template=template,
        language=code,
        detail=Detail.PUBLIC,
        subject="{{ title }}",
        body="{{ salutation }}\n\n{{ update }}\n\n{{ support }}",
        sms_text="{{ organisation }}: {{ update }}",
    )
