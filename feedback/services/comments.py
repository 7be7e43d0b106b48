"""What people wrote: found by its words, and by the scores that the same people gave beside it."""

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audiences.services.traces import ERASED
from feedback.models import Answer, Question


class Band(models.TextChoices):
    """What the scores beside a comment come to."""

    LOW = "low", _("a low one")
    NOT_LOW = "not_low", _("no low one")
    NONE = "none", _("none at all")


def written() -> QuerySet[Answer]:
    """All that somebody wrote, and that was not erased with them."""
    return Answer.objects.exclude(text__in=("", ERASED))


def saying(words: str) -> Q:
    """The condition on comments to hold each of these words, whatever their case."""
    found = Q()
    for word in words.split():
        found &= _in_any_case(word)
    return found


def is_named() -> Q:
    """The condition on comments not to be anonymous. Of an anonymous one there are the words alone:
    the scores beside it, its day, its language and what it is about could tell whose it is."""
    return Q(response__delivery__isnull=False)


def banded(band: str) -> Q:
    """The condition on comments by what the scores beside them come to."""
    low, any_score = Exists(_beside().filter(is_low())), Exists(_beside())
    match Band(band):
        case Band.LOW:
            return is_named() & Q(low)
        case Band.NOT_LOW:
            return is_named() & Q(any_score) & ~Q(low)
    return is_named() & ~Q(any_score)


def beside(kind: str, score: int) -> Q:
    """The condition on comments to stand beside this score."""
    return is_named() & Q(Exists(_beside().filter(question__kind=kind, score=score)))


def is_low() -> Q:
    """The condition on answers to be a score that asks for somebody to call back."""
    found = Q()
    for kind, (_lowest, _highest, threshold) in Question.SCALES.items():
        found |= Q(question__kind=kind, score__lte=threshold)
    return found


def _beside() -> QuerySet[Answer]:
    return Answer.objects.filter(response=OuterRef("response"), score__isnull=False)


def _in_any_case(word: str) -> Q:
    found = Q(text__icontains=word)
    if not word.isascii():
        # SQLite knows no capitals but those of English.
        for spelling in sorted({word.lower(), word.upper(), word.capitalize()} - {word}):
            found |= Q(text__icontains=spelling)
    return found
