"""Which questions apply: one with a condition follows the nearest above that is always asked."""

from collections.abc import Iterable, Mapping, Sequence

from feedback.models import Question

# What was answered, by the question's number; where several may be chosen, each of them.
Given = Mapping[int, Sequence[str]]


def anchors(questions: Iterable[Question]) -> dict[int, Question | None]:
    """For each question with a condition, by its number, the one that its condition is about."""
    found, above = dict[int, Question | None](), None
    for question in questions:
        if question.after:
            found[question.pk] = above
        else:
            above = question
    return found


def applying(questions: Sequence[Question], given: Given) -> list[Question]:
    """Those that whoever answers like this is asked."""
    of = anchors(questions)
    return [one for one in questions if not one.after or _applies(one, of[one.pk], given)]


def _applies(question: Question, anchor: Question | None, given: Given) -> bool:
    return anchor is not None and not set(question.after).isdisjoint(given.get(anchor.pk, ()))


def pages(questions: Iterable[Question]) -> list[list[Question]]:
    """As they are read: a condition never stands on another page than what it is about."""
    found: list[list[Question]] = []
    for question in questions:
        if not found or (question.starts_page and not question.after):
            found.append([])
        found[-1].append(question)
    return found
