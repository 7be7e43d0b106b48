"""A survey's answers as a file: a row per response, a column per question.

A question keeps its key in all versions of a survey, so that it has one column, unless its kind
changed: a 5 of five is none of ten. Which version was answered stands in each row. Of what was
answered anonymously there are the answers and nothing that leads further, once a version has
FEEDBACK_SMALLEST_GROUP of them; those rows come in the order of their numbers, which are drawn at
random (see anonymity.py).
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone

from audiences.models import address_field
from audiences.services import exports
from feedback.models import Answer, Invitation, Question, Response, Survey
from feedback.services.figures import stories

_CHUNK = 2_000
_FACTS = ("version", "answered", "changed", "language", "about", "channel", "tags")
_PERSON = ("name", "address", "account")
Value = int | str | list[str]
Key = tuple[str, str]


@dataclass(frozen=True)
class Column:
    """A question as it was asked last, and the versions that asked it."""

    question: Question
    versions: list[int]


@dataclass(frozen=True)
class Row:
    facts: Mapping[str, Any]
    # By key and kind of the questions; several chosen values are a list.
    answers: Mapping[Key, Value]

    @property
    def by_key(self) -> Mapping[str, Value]:
        """A version asks a key once."""
        return {key: value for (key, _kind), value in self.answers.items()}


def as_csv(*, survey: Survey, with_people: bool) -> Iterator[bytes]:
    """For a spreadsheet: headings, then the rows, in words of the language spoken at the moment."""
    facts = (*_FACTS, *_PERSON) if with_people else _FACTS
    columns, occasions = _columns(survey), _occasions(survey)
    keys = [(one.question.key, one.question.kind) for one in columns]
    changed = {key for key, number in Counter(key for key, _kind in keys).items() if number > 1}

    def lines() -> Iterator[list[str]]:
        yield [*facts, *(_heading(one.question, changed) for one in columns)]
        for row in rows(survey=survey, with_people=with_people):
            about = str(row.facts.get("about", ""))
            told = {**row.facts, "about": occasions.get(about, about)}
            answers = (row.answers.get(key) for key in keys)
            yield [_cell(one) for one in (*(told.get(name) for name in facts), *answers)]

    return exports.delimited(lines())


def as_json(*, survey: Survey, with_people: bool) -> Iterator[str]:
    """For a program: the questions once, then the responses."""
    questions = [_described(column) for column in _columns(survey)]
    yield f'{{"survey": {_dumped(survey.slug)}, "questions": {_dumped(questions)}, "responses": ['
    for number, row in enumerate(rows(survey=survey, with_people=with_people)):
        yield (",\n" if number else "\n") + _dumped({**row.facts, "answers": row.by_key})
    yield "\n]}\n"


def rows(*, survey: Survey, with_people: bool) -> Iterator[Row]:
    """A chunk of them is in memory at a time."""
    found = Response.objects.filter(invitation__version__survey=survey)
    found = found.exclude(delivery=None, invitation__version__in=_too_small(found))
    found = found.select_related("invitation__version", "invitation__broadcast", "delivery")
    if with_people:
        found = found.select_related("delivery__contact__account")
    full = found.prefetch_related("answers__question", "answers__tags")
    for response in full.order_by("invitation__version__number", "pk").iterator(_CHUNK):
        answers = sorted(response.answers.all(), key=_place)
        names = sorted({tag.name for answer in answers for tag in answer.tags.all()})
        yield Row({**_facts(response, with_people), "tags": names}, _answers(answers))


def _too_small(found: QuerySet[Response]) -> QuerySet[Any]:
    """Versions whose anonymous answers are too few to be told."""
    by_version = found.filter(delivery=None).values("invitation__version")
    counted = by_version.annotate(count=Count("pk")).order_by()
    least = settings.FEEDBACK_SMALLEST_GROUP
    return counted.filter(count__lt=least).values("invitation__version")


def _columns(survey: Survey) -> Sequence[Column]:
    """In the order of the newest version; what only older ones asked comes after it."""
    found: dict[Key, Column] = {}
    asked = Question.objects.filter(version__survey=survey).select_related("version")
    for question in asked.order_by("-version__number", "position", "pk"):
        column = found.setdefault((question.key, question.kind), Column(question, []))
        column.versions.insert(0, question.version.number)
    return list(found.values())


def _heading(question: Question, changed: Collection[str]) -> str:
    kind = f", {question.kind}" if question.key in changed else ""
    return f"{question} ({question.key}{kind})"


def _occasions(survey: Survey) -> Mapping[str, str]:
    """What the requests were about, by its thread, as whoever knows it calls it."""
    asked = Invitation.objects.filter(version__survey=survey).values_list("broadcast", flat=True)
    found = (groups.get(stories.OCCASION) for groups in stories.described(list(asked)).values())
    return {group.key: group.name for group in found if group}


def _described(column: Column) -> Mapping[str, Any]:
    question = column.question
    return {
        "key": question.key,
        "kind": question.kind,
        "text": question.text,
        "versions": column.versions,
    }


def _facts(response: Response, with_people: bool) -> Mapping[str, Any]:
    version = response.invitation.version.number
    if response.delivery is None:
        return {"version": version}
    facts: dict[str, Any] = {
        "version": version,
        "answered": timezone.localtime(response.submitted_at).isoformat(timespec="seconds"),
        "changed": timezone.localtime(response.changed_at).isoformat(timespec="seconds"),
        "language": response.language,
        "about": response.invitation.broadcast.thread,
        "channel": response.delivery.channel,
    }
    return facts | _person(response) if with_people else facts


def _person(response: Response) -> dict[str, str]:
    delivery = response.delivery
    contact = delivery.contact if delivery else None
    if delivery is None or contact is None:
        return {}
    account = contact.account
    return {
        "name": contact.name,
        # Where they are reached now: the message gives its address up after a time.
        "address": getattr(contact, address_field(delivery.channel)),
        "account": account.name if account else "",
    }


def _place(answer: Answer) -> tuple[int, int, int]:
    return answer.question.position, answer.question_id, answer.pk


def _answers(answers: Sequence[Answer]) -> Mapping[Key, Value]:
    found: dict[Key, Value] = {}
    for question, same in groupby(answers, key=lambda one: one.question):
        values = [_value(one) for one in same]
        if question.kind == Question.Kind.SEVERAL:
            found[question.key, question.kind] = [str(one) for one in values]
        else:
            found[question.key, question.kind] = values[0]
    return found


def _value(answer: Answer) -> int | str:
    return (answer.text or answer.choice) if answer.score is None else answer.score


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(value)
    return "" if value is None else str(value)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
