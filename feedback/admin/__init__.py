from feedback.admin import person as person  # on a contact's page
from feedback.admin.comments import AnswerAdmin
from feedback.admin.follow_ups import FollowUpAdmin
from feedback.admin.responses import ResponseAdmin
from feedback.admin.rounds import SurveyRoundAdmin
from feedback.admin.surveys import InvitationAdmin, SurveyAdmin, SurveyVersionAdmin
from feedback.admin.tags import TagAdmin
from feedback.services import round_stories as round_stories  # on the pages of results

__all__ = [
    "AnswerAdmin",
    "FollowUpAdmin",
    "InvitationAdmin",
    "ResponseAdmin",
    "SurveyAdmin",
    "SurveyRoundAdmin",
    "SurveyVersionAdmin",
    "TagAdmin",
]
