"""The team's own names for what comments are about."""

from collections.abc import Iterator, Mapping, Sequence

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from audiences.folding import folded
from feedback.models import Answer, Response, Tag
from feedback.services.comments import is_low, is_named, written

_PUT = Tag.comments.through
# Comments that are tagged in one transaction.
_AT_ONCE = 500


class TagIsGone(Exception):
    """Deleted or merged in the meantime; nothing was changed."""


def named(*, name: str) -> Tag:
    """The tag of this name, whatever its case and spacing; made where there is none."""
    tag, _is_new = Tag.objects.get_or_create(
        name_folded=folded(name), defaults={"name": " ".join(name.split())}
    )
    return tag


def put(*, tags: Sequence[Tag], comments: QuerySet[Answer]) -> int:
    """Put tags on comments; returns how many comments have them now."""
    return sum(_put(tags, some) for some in _chunks(comments))


def take_off(*, tags: Sequence[Tag], comments: QuerySet[Answer]) -> int:
    """Returns from how many comments one was taken."""
    taken = 0
    for some in _chunks(comments):
        rows = _PUT.objects.filter(tag__in=tags, answer__in=some)
        taken += rows.values("answer").distinct().count()
        rows.delete()
    return taken


@transaction.atomic
def merge(*, tag: Tag, into: Tag) -> int:
    """One tag in place of two: the first is gone afterwards; returns how many comments had it.

    :raises TagIsGone: one of them is.
    """
    if len(_held([tag, into])) < 2:
        raise TagIsGone
    rows = _PUT.objects.filter(tag=tag)
    count = rows.count()
    rows.exclude(answer__in=_PUT.objects.filter(tag=into).values("answer")).update(tag=into)
    tag.delete()
    return count


def forget(*, responses: QuerySet[Response]) -> None:
    """Take all tags off what was written in these."""
    _PUT.objects.filter(answer__response__in=responses).delete()


def counted() -> QuerySet[Tag]:
    """Adds on how many comments each tag is: `used`, and how many stand beside a low score: `low`,
    and beside no low one: `not_low`. Scores beside anonymous comments are not told."""
    beside = Answer.objects.filter(
        is_named(), response=OuterRef("comments__response"), score__isnull=False
    )
    low, scored = Exists(beside.filter(is_low())), Exists(beside)
    return Tag.objects.annotate(
        used=Count("comments"),
        low=Count("comments", filter=low),
        not_low=Count("comments", filter=scored & ~low),
    )


def scores(*, tag: Tag) -> Mapping[str, Mapping[int, int]]:
    """Beside how many of a tag's comments each score stands, by the kind of question."""
    found: dict[str, dict[int, int]] = {}
    given = Answer.objects.filter(is_named(), score__isnull=False, response__answers__tags=tag)
    rows = given.values_list("question__kind", "score").annotate(Count("response__answers"))
    for kind, score, count in rows.order_by("question__kind", "score"):
        found.setdefault(kind, {})[score] = count
    return found


@transaction.atomic
def _put(tags: Sequence[Tag], ids: Sequence[int]) -> int:
    # Held, so that none of them is erased meanwhile and keeps a tag.
    rows = written().filter(pk__in=ids).order_by("pk").select_for_update()
    held, there = list(rows.values_list("pk", flat=True)), _held(tags)
    _PUT.objects.bulk_create(
        (_PUT(tag_id=tag, answer_id=comment) for tag in there for comment in held),
        ignore_conflicts=True,
    )
    return len(held)


def _held(tags: Sequence[Tag]) -> list[int]:
    """Those that are still there, and stay until the transaction ends."""
    there = Tag.objects.filter(pk__in=[tag.pk for tag in tags]).order_by("pk")
    return list(there.select_for_update().values_list("pk", flat=True))


def _chunks(comments: QuerySet[Answer]) -> Iterator[list[int]]:
    ids = list(comments.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
