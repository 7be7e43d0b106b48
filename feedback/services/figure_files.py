"""A survey's figures as a file: all together, side by side, and over time.

They are those of results.py: what is too small to be told is withheld here, too. Each question says
which versions of the survey asked it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from feedback.models import Question, Survey
from feedback.services import results, surveys
from feedback.services.figures import dimensions
from feedback.services.figures.intervals import Estimate
from feedback.services.results import QuestionResult, Slice, Trend, Turnout


def as_json(*, survey: Survey) -> Iterator[str]:
    whole = Slice(survey)
    summary = results.summary(of=whole)
    groupings = dimensions.labels(is_anonymous=surveys.is_anonymous(survey=survey))
    told = {
        "survey": survey.slug,
        "version_in_force": summary.version.number,
        "turnout": _turnout(summary.turnout),
        "questions": [_question(one) for one in summary.questions],
        "by": {name: _groups(whole, name) for name in groupings},
        "by_month": _months(summary.trends),
    }
    yield json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _groups(whole: Slice, name: str) -> list[dict[str, Any]]:
    return [
        {
            "key": one.group.key,
            "name": one.group.name,
            "is_withheld": one.is_withheld,
            "turnout": _turnout(one.turnout),
            "questions": [_question(each) for each in one.questions],
        }
        for one in results.grouped(of=whole, by=name).groups
    ]


def _months(trends: Sequence[Trend]) -> list[dict[str, Any]]:
    return [
        {
            **_asked(trend.question, trend.versions),
            "months": [
                {"month": f"{point.starts_on:%Y-%m}", **_figures(point.result)}
                for point in trend.points
            ],
        }
        for trend in trends
    ]


def _question(result: QuestionResult) -> dict[str, Any]:
    return {**_asked(result.question, result.versions), **_figures(result)}


def _asked(question: Question, versions: Sequence[int]) -> dict[str, Any]:
    return {
        "key": question.key,
        "kind": question.kind,
        "text": question.text,
        "versions": list(versions),
    }


def _figures(result: QuestionResult) -> dict[str, Any]:
    if result.is_withheld:
        return {"is_withheld": True}
    figures: Mapping[str, Estimate | None] = {
        "mean": result.mean,
        "csat_percent": result.csat,
        "nps": result.nps,
    }
    return {
        "is_withheld": False,
        "count": result.count,
        **{name: _estimate(one) for name, one in figures.items() if one},
        "distribution": {bar.value: bar.count for bar in result.distribution},
    }


def _turnout(turnout: Turnout) -> dict[str, Any]:
    rate = turnout.rate
    return {
        "asked": turnout.asked,
        "reached": turnout.reached,
        "answered": turnout.answered,
        "response_percent": _estimate(rate) if rate else None,
    }


def _estimate(one: Estimate) -> dict[str, float | None]:
    """With the interval that holds the truth 95 times out of 100."""
    return {
        name: None if value is None else round(value, 2)
        for name, value in (("value", one.value), ("low", one.low), ("high", one.high))
    }
