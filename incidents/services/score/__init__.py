"""How we kept our word: of one incident, and over time. Beside it, the plan's own targets."""

from incidents.services.score.history import Group, History, over_time
from incidents.services.score.incident import Score, of, scores
from incidents.services.score.measures import Count, Measure, Verdict
from incidents.services.score.summary import Figures

__all__ = [
    "Count",
    "Figures",
    "Group",
    "History",
    "Measure",
    "Score",
    "Verdict",
    "of",
    "over_time",
    "scores",
]
