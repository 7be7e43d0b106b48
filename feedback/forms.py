"""A survey as its reader sees it: page by page, one field per question, named q<id>.

It only lays out; the services judge. Options are drawn by the template itself: a widget for each of
forty of them would cost more than all the rest of the page.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from django.utils.translation import gettext

from feedback import conditions
from feedback.conditions import Given
from feedback.models import Answer, Question
from feedback.options import ends, options, pick
from feedback.services import judging
from feedback.services.judging import LONGEST_TEXT, InvalidAnswers
from feedback.services.papers import Paper

# People neither see nor reach this field; what fills it in is a program.
TRAP = "website"
# How often the answers had been sent when they were opened: a draft is a change of just these.
BEFORE = "before"
# No survey has so many; staff's own forms may.
_MOST_FIELDS = 1_000
# The buttons that turn a page; any other sends.
TURNS = {"next": 1, "back": -1}
_NAME, _PAGE = re.compile(r"q([0-9]{1,18})"), re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Asked:
    """A question as it stands on its page."""

    question: Question
    given: Sequence[str] = ()
    error: str = ""
    anchor: Question | None = None

    @property
    def name(self) -> str:
        return name(self.question)

    @property
    def label(self) -> str:
        return pick(self.question.text)

    @property
    def text(self) -> str:
        return self.given[0] if self.given else ""

    @property
    def longest(self) -> int:
        return LONGEST_TEXT

    @property
    def is_many(self) -> bool:
        return self.question.kind == Question.Kind.SEVERAL

    @property
    def options(self) -> list[Option]:
        return [
            Option(value, label, value in self.given)
            for value, label in options(self.question).items()
        ]

    @property
    def ends(self) -> tuple[str, str] | None:
        return ends(self.question)

    @property
    def anchor_name(self) -> str:
        return name(self.anchor) if self.anchor else ""

    @property
    def after(self) -> str:
        """For the script, which hides it until it applies."""
        return json.dumps(self.question.after)

    @property
    def condition(self) -> str:
        """For whoever sees it in any case, because there is no script to hide it."""
        words = options(self.anchor) if self.anchor else {}
        said = [words[value] for value in self.question.after if value in words]
        return gettext("Only if you answered: %(answers)s") % {"answers": ", ".join(said)}


@dataclass
class Sheet:
    """A survey with what has been answered so far, opened at one of its pages."""

    paper: Paper
    given: Given = field(default_factory=dict)
    page: int = 0
    messages: Mapping[int, str] = field(default_factory=dict)
    # What a click in the mail has answered to the first question.
    click: str = ""

    @property
    def questions(self) -> Sequence[Question]:
        return self.paper.questions

    @property
    def chosen(self) -> str:
        """Which question the click has answered."""
        return name(self.questions[0]) if self.click else ""

    @property
    def is_as_clicked(self) -> bool:
        """Whether nothing else is known of whoever opened it."""
        clicked = {self.questions[0].pk} if self.click else set()
        return not self.messages and self.given.keys() <= clicked

    @cached_property
    def pages(self) -> list[list[Question]]:
        return conditions.pages(self.questions)

    @property
    def on_page(self) -> list[Question]:
        return self.pages[self.page] if self.pages else []

    @property
    def asked(self) -> list[Asked]:
        anchors = conditions.anchors(self.questions)
        return [
            Asked(
                one, self.given.get(one.pk, ()), self.messages.get(one.pk, ""), anchors.get(one.pk)
            )
            for one in self.on_page
        ]

    @property
    def carried(self) -> Iterator[tuple[str, str]]:
        """What was answered on other pages travels along: nothing is stored before the end."""
        here = {one.pk for one in self.on_page}
        for question in self.questions:
            if question.pk not in here:
                for value in self.given.get(question.pk, ()):
                    yield name(question), value

    @property
    def number(self) -> int:
        return self.page + 1

    @property
    def count(self) -> int:
        return len(self.pages)

    @property
    def is_last(self) -> bool:
        return self.number >= self.count

    def turn(self, go: str) -> bool:
        """Open the page before or after; False where this one is to be mended first."""
        if go == "next":
            try:
                judging.page(self.on_page, self.given)
            except InvalidAnswers as error:
                self.mark(error.messages)
                return False
        self.page = self._within(self.page + TURNS[go])
        return True

    def open(self, page: str) -> None:
        self.page = self._within(int(page) if _PAGE.fullmatch(page) else 0)

    def choose(self, score: str) -> None:
        """Answer the first question by a click in the mail: ?score=4; no texts."""
        if self.questions and score in options(self.questions[0]):
            self.click = score
            self.given = {**self.given, self.questions[0].pk: [score]}

    def _within(self, page: int) -> int:
        return min(max(page, 0), max(self.count - 1, 0))

    def mark(self, messages: Mapping[int, str]) -> None:
        """Say at each question what is wrong with its answer, on the first page where one is."""
        self.messages = messages
        wrong = [
            at for at, page in enumerate(self.pages) if any(one.pk in messages for one in page)
        ]
        self.page = wrong[0] if wrong else self.page


def name(question: Question) -> str:
    return f"q{question.pk}"


def sheet(paper: Paper, given: Given, page: str = "") -> Sheet:
    found = Sheet(paper, given)
    found.open(page)
    return found


def check_number(sent: QueryDict) -> None:
    """:raises TooManyFieldsSent: nobody's browser sends so many."""
    if sum(len(values) for _name, values in sent.lists()) > _MOST_FIELDS:
        raise TooManyFieldsSent


def read(sent: QueryDict) -> dict[int, list[str]]:
    """What a browser sends of questions, empty fields left out."""
    named = ((_NAME.fullmatch(key), sent.getlist(key)) for key in sent)
    found = {int(match[1]): [one for one in values if one] for match, values in named if match}
    return {number: values for number, values in found.items() if values}


def sent_before(earlier: Sequence[Answer]) -> int:
    return earlier[0].response.changes + 1 if earlier else 0


def given(answers: Iterable[Answer]) -> dict[int, list[str]]:
    """What was answered before, as the sheet's first values."""
    found: dict[int, list[str]] = {}
    for answer in answers:
        value = answer.text or answer.choice or str(answer.score)
        found.setdefault(answer.question_id, []).append(value)
    return found
