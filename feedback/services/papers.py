"""What a version of a survey asks. Nobody changes what somebody was asked, so a process reads it
once: ten thousand people may open the same survey within minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from feedback.models import Question, SurveyVersion


# Only the same one is equal: what was drawn of a draft is not taken for its next state.
@dataclass(frozen=True, eq=False)
class Paper:
    pk: int
    title: Mapping[str, str]
    intro: Mapping[str, str]
    thanks: Mapping[str, str]
    is_anonymous: bool
    questions: Sequence[Question]


@lru_cache(maxsize=64)
def asked(version: int) -> Paper:
    """What the version with this number asks; people were invited to it, so it is no draft."""
    return read(SurveyVersion.objects.get(pk=version))


def read(version: SurveyVersion) -> Paper:
    """What a version asks at the moment."""
    return Paper(
        pk=version.pk,
        title=version.title,
        intro=version.intro,
        thanks=version.thanks,
        is_anonymous=version.is_anonymous,
        questions=tuple(version.questions.order_by("position", "pk")),
    )
