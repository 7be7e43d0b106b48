from feedback.models import Invitation, Survey
from messaging.models import Broadcast


def invite(*, survey: Survey, broadcast: Broadcast) -> Invitation:
    """Let the broadcast's recipients answer this survey through their personal link."""
    return Invitation.objects.create(survey=survey, broadcast=broadcast)
