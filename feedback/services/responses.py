"""One person's answers: judged, stored, changed; a low score becomes somebody's task."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext, override

from feedback.models import Answer, FollowUp, Question, Response
from feedback.options import options
from messaging.models import Delivery

CALL_BACK_WITHIN = timedelta(days=2)
LONGEST_TEXT = 5_000


class InvalidAnswers(ValueError):
    """Nothing was stored; `messages` says per question (by its id) what is wrong."""

    def __init__(self, messages: Mapping[int, str]) -> None:
        super().__init__(messages)
        self.messages = messages


@transaction.atomic
def submit(
    *, delivery: Delivery, answers: Mapping[int, str], language: str, now: datetime
) -> Response:
    """Store the answers to the survey a message asked for; answering again replaces them all.

    A score at or below its scale's threshold opens a follow-up, once; a corrected one closes it.

    :raises InvalidAnswers: a required answer is missing, one is impossible, or there is none.
    """
    survey = delivery.broadcast.invitation.survey
    questions = survey.questions.order_by("position", "pk")
    valid = _judged(list(questions), answers)
    response, created = Response.objects.select_for_update().get_or_create(
        delivery=delivery,
        defaults={"survey": survey, "language": language, "submitted_at": now, "changed_at": now},
    )
    was_low = is_low(response.answers.select_related("question"))
    if not created:
        response.answers.all().delete()
        response.language, response.changed_at = language, now
        response.save(update_fields=["language", "changed_at"])
    for answer in valid:
        answer.response = response
    Answer.objects.bulk_create(valid)
    _follow_up(response, was_low=was_low, low=is_low(valid), now=now)
    return response


def is_low(answers: Iterable[Answer]) -> bool:
    """Whether one of the scores asks for somebody to call back."""
    return any(
        answer.score is not None and answer.score <= _threshold(answer.question)
        for answer in answers
    )


def _threshold(question: Question) -> int:
    return Question.SCALES[Question.Kind(question.kind)][2]


def _judged(questions: list[Question], answers: Mapping[int, str]) -> list[Answer]:
    valid, messages = [], {}
    for question in questions:
        raw = answers.get(question.pk, "").strip()
        try:
            if answer := _read(question, raw):
                valid.append(answer)
        except ValueError as error:
            messages[question.pk] = str(error)
    if not valid and not messages and questions:
        messages[questions[0].pk] = gettext("Please answer at least one question.")
    if messages:
        raise InvalidAnswers(messages)
    return valid


def _read(question: Question, raw: str) -> Answer | None:
    """:raises ValueError: with a message for the person who answered."""
    if not raw:
        if question.is_required:
            raise ValueError(gettext("Please answer this question."))
        return None
    if question.kind == Question.Kind.TEXT:
        return Answer(question=question, text=_text(raw))
    if raw not in options(question):
        raise ValueError(gettext("Please choose one of the answers."))
    if question.kind in Question.SCALES:
        return Answer(question=question, score=int(raw))
    return Answer(question=question, choice=raw)


def _text(raw: str) -> str:
    text = raw.replace("\x00", "").replace("\r\n", "\n")
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            gettext("Please shorten your text to %(longest)s characters; it has %(length)s.")
            % {"longest": LONGEST_TEXT, "length": len(text)}
        )
    return text


def _follow_up(response: Response, *, was_low: bool, low: bool, now: datetime) -> None:
    if low and not was_low:
        FollowUp.objects.update_or_create(
            response=response,
            defaults={
                "state": FollowUp.State.OPEN,
                "done_at": None,
                "due_at": now + CALL_BACK_WITHIN,
            },
            create_defaults={"due_at": now + CALL_BACK_WITHIN, "owner": _owner(response)},
        )
    elif was_low and not low:
        with override(settings.LANGUAGE_CODE):  # read by the team, not by the customer
            outcome = gettext("The customer has changed the answer; the score is no longer low.")
        FollowUp.objects.filter(response=response, state=FollowUp.State.OPEN).update(
            state=FollowUp.State.DONE, done_at=now, outcome=outcome
        )


def _owner(response: Response) -> User | None:
    contact = response.delivery.contact
    return contact.account.account_manager if contact and contact.account else None
