"""Whoever has a post-mortem next hears of it: its reviewer, and its author when it comes back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences.colleagues import called
from incidents.models import Incident, Postmortem
from incidents.services import duty_letters, responders
from incidents.services.facts import mark
from incidents.services.responders import Roster
from messaging.models import Template
from messaging.services import one_by_one, staff_words


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
    if user is None or user == by or postmortem.incident.mode == Incident.Mode.REPLAY:
        return
    one_by_one.attempt(
        partial(_send, postmortem, user, why, now),
        complaint="Nobody was told who has this post-mortem now",
        about=postmortem.pk,
    )


@transaction.atomic
def _send(postmortem: Postmortem, user: User, why: Callable[[], str], now: datetime) -> bool:
    incident, roster = postmortem.incident, Roster.read()
    problem = responders.unreachable(
        user, roster=roster, incident=incident, is_urgent=False, publishes=False
    )
    if problem:
        return False
    responder = roster.by_user[user.pk]
    language, stage = responder.contact.spoken, Template.Stage.DUTY_REVIEW
    with override(language):
        button = _("To the post-mortem")
        facts = {
            "what": duty_letters.owed_of(postmortem),
            "title": duty_letters.title_of(incident),
            "mark": mark(incident),
            "due": duty_letters.day_of(postmortem.due_at, responder),
            "why": why(),
        }
    page = reverse("admin:incidents_postmortem_change", args=[postmortem.pk])
    url = settings.PUBLIC_BASE_URL + page
    words = staff_words.words(stage=stage, language=language, facts=facts, url=url)
    duty_letters.send(
        responder=responder,
        channels=roster.channels(responder, is_urgent=False),
        words=replace(words, button=button),
        facts={},
        thread=duty_letters.thread(incident),
        lifetime=duty_letters.SLOW_LIFETIME,
        now=now,
    )
    return True
