"""What the sample customers answered, as the demo tells it."""

from collections.abc import Iterator

from django.conf import settings

from feedback.models import Question
from feedback.services.figures.questions import QuestionResult
from feedback.services.results import Summary


def lines(summary: Summary) -> Iterator[str]:
    turnout = summary.turnout
    number = turnout.answered
    if number is None:
        few = f"Fewer than {settings.FEEDBACK_SMALLEST_GROUP}"
        yield f"{few} of {turnout.reached} customers asked have answered; no figures are shown."
        return
    yield f"{number} of {turnout.reached} customers asked have answered:"
    for result in summary.questions:
        yield f"  {result.question}  {_figures(result)}"


def _figures(result: QuestionResult) -> str:
    if result.is_withheld:
        return "withheld: too few have answered this"
    if result.question.kind == Question.Kind.TEXT:
        return f"{result.count} comments"
    bars = ", ".join(f"{bar.label}: {bar.count}" for bar in result.distribution if bar.count)
    return bars or "–"
