"""A survey that was asked is not edited in place, and answers keep the question they answered."""

from datetime import UTC, datetime

import pytest

from feedback.models import Survey, SurveyVersion
from feedback.services import checks, library, surveys, versions
from tests.factories import (
    NOON,
    BroadcastFactory,
    InvitationFactory,
    QuestionFactory,
    SurveyVersionFactory,
)

Status = SurveyVersion.Status


@pytest.fixture
def first(db):
    """In force, with a question and what is asked after a low answer to it."""
    question = QuestionFactory(position=0)
    QuestionFactory(version=question.version, position=1, kind="text", after=["1"])
    return question.version


def test_a_new_version_takes_over_and_who_was_invited_keeps_the_old_one(first, lead):
    invited = InvitationFactory(version=first)

    draft = versions.revise(version=first, by=lead)
    assert versions.revise(version=first, by=lead) == draft
    assert surveys.in_force(survey=first.survey) == first
    versions.activate(draft=draft, now=NOON)

    first.refresh_from_db()
    invited.refresh_from_db()
    broadcast = BroadcastFactory()
    new = surveys.invite(survey=first.survey, broadcast=broadcast, now=NOON)
    assert (first.status, invited.version) == (Status.RETIRED, first)
    assert (new.version, new.closes_at) == (draft, draft.closes_at(NOON))
    same = ("key", "kind", "text", "after", "position")
    copies = draft.questions.order_by("position").values_list(*same)
    assert list(copies) == list(first.questions.order_by("position").values_list(*same))


def test_a_version_is_activated_once_and_then_neither_changed_nor_discarded(first, lead):
    draft = versions.revise(version=first, by=lead)
    versions.activate(draft=draft, now=NOON)

    for attempt in (
        lambda: versions.activate(draft=draft, now=NOON),
        lambda: versions.hold(draft=draft),
        lambda: versions.discard(draft=draft),
    ):
        with pytest.raises(versions.NotADraft):
            attempt()


def test_with_its_only_version_a_survey_goes(first, lead):
    alone = SurveyVersionFactory(status=Status.DRAFT)
    draft = versions.revise(version=first, by=lead)

    versions.discard(draft=alone)
    versions.discard(draft=draft)

    assert list(Survey.objects.all()) == [first.survey]
    assert list(SurveyVersion.objects.all()) == [first]


def test_what_is_no_more_than_a_draft_invites_nobody(db):
    draft = SurveyVersionFactory(status=Status.DRAFT)

    with pytest.raises(surveys.NotInForce, match="has no active version"):
        surveys.invite(survey=draft.survey, broadcast=BroadcastFactory(), now=NOON)


@pytest.mark.parametrize(
    ("questions", "is_anonymous", "words"),
    [
        ([], False, "It asks nothing yet"),
        ([{"kind": "text", "after": ["1"]}], False, "no question above it"),
        ([{"kind": "text"}, {"after": ["1"]}], False, "no question above it"),
        ([{}, {"kind": "text", "after": ["7"]}], False, "cannot be answered with 7"),
        ([{"kind": "contact"}], True, "nobody can be called back"),
    ],
)
def test_what_cannot_be_asked_stays_a_draft(db, questions, is_anonymous, words):
    draft = SurveyVersionFactory(status=Status.DRAFT, is_anonymous=is_anonymous)
    for position, fields in enumerate(questions):
        QuestionFactory(version=draft, position=position, **fields)

    with pytest.raises(versions.NotReady, match=words):
        versions.activate(draft=draft, now=NOON)


def test_the_shipped_surveys_are_ready_to_be_asked_and_left_alone_afterwards(db):
    library.load(now=NOON)
    SurveyVersion.objects.update(title={"en": "Ours"})
    library.load(now=NOON)

    shipped = SurveyVersion.objects.active()
    slugs = shipped.order_by("survey__slug").values_list("survey__slug", flat=True)
    assert list(slugs) == ["post-incident", "post-maintenance", "relationship"]
    assert {version.title["en"] for version in shipped} == {"Ours"}
    assert all(checks.problems(version=version) == [] for version in shipped)


@pytest.mark.parametrize(
    ("asked_at", "closes_at"),
    [
        # Berlin goes from UTC+1 to UTC+2 on 29 March.
        (datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 16, 22, 59, 59, tzinfo=UTC)),
        (datetime(2026, 3, 16, 22, 30, tzinfo=UTC), datetime(2026, 3, 30, 21, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_survey_can_be_answered_to_the_end_of_the_day_that_customers_are_told(
    asked_at, closes_at
):
    assert SurveyVersionFactory.build(open_days=14).closes_at(asked_at) == closes_at
