"""Whoever has a post-mortem next hears of it: its reviewer, and its author when it comes back."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences.colleagues import called
from incidents.models import Postmortem, Responder
from incidents.services import duty_letters
from incidents.services.responders import Roster
from messaging.models import Template
from messaging.services import one_by_one


def ask(*, postmortem: Postmortem, by: User, now: datetime) -> None:
    """Tell the reviewer who asks, and until when it is due."""

    def why() -> str:
        words = _(
            "%(name)s asks you to review it: read it as a customer would, then publish it, or send"
            " it back and say what is to be changed."
        )
        return words % {"name": called(by)}

    _tell(postmortem, postmortem.reviewer, why, by, now)


def give_back(*, postmortem: Postmortem, by: User, now: datetime) -> None:
    """Tell the author why it comes back."""

    def why() -> str:
        words = _("%(name)s has sent it back: “%(reason)s”. Change it, and submit it again.")
        return words % {"name": called(by), "reason": postmortem.returned_because}

    _tell(postmortem, postmortem.author, why, by, now)


def _tell(
    postmortem: Postmortem, user: User | None, why: Callable[[], str], by: User, now: datetime
) -> None:
    """The step in the admin never fails because of a letter."""
    if user is None or user == by:
        return
    one_by_one.attempt(
        partial(_send, postmortem, user, why, now),
        complaint="Nobody was told who has this post-mortem now",
        about=postmortem.pk,
    )


@transaction.atomic
def _send(postmortem: Postmortem, user: User, why: Callable[[], str], now: datetime) -> bool:
    def known(responder: Responder) -> dict[str, str]:
        return {
            "what": duty_letters.owed_of(postmortem),
            "due": duty_letters.day_of(postmortem.due_at, responder),
            "why": why(),
        }

    page = reverse("admin:incidents_postmortem_change", args=[postmortem.pk])
    duty_letters.tell(
        user=user,
        stage=Template.Stage.DUTY_REVIEW,
        incident=postmortem.incident,
        known=known,
        roster=Roster.read(),
        now=now,
        is_urgent=False,
        page=duty_letters.Page(settings.PUBLIC_BASE_URL + page, gettext_lazy("To the post-mortem")),
    )
    return True
