from feedback.models.answers import Answer, Invitation, Response, UsedLink
from feedback.models.follow_ups import FollowUp, Reply
from feedback.models.questions import CHOICE_LENGTH, Question
from feedback.models.rounds import SurveyRound
from feedback.models.surveys import Survey, SurveyVersion
from feedback.models.tags import Tag

__all__ = [
    "CHOICE_LENGTH",
    "Answer",
    "FollowUp",
    "Invitation",
    "Question",
    "Reply",
    "Response",
    "Survey",
    "SurveyRound",
    "SurveyVersion",
    "Tag",
    "UsedLink",
]
