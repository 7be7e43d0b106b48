from feedback.admin import person as person  # on a contact's page
from feedback.admin.follow_ups import FollowUpAdmin
from feedback.admin.responses import AnswerAdmin, ResponseAdmin
from feedback.admin.surveys import InvitationAdmin, SurveyAdmin, SurveyVersionAdmin

__all__ = [
    "AnswerAdmin",
    "FollowUpAdmin",
    "InvitationAdmin",
    "ResponseAdmin",
    "SurveyAdmin",
    "SurveyVersionAdmin",
]
