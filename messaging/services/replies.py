"""What people answer to our texts: STOP, START and HELP are carried out, the rest is kept.

Only a message that is one known word, or one of few known phrases, acts by itself; a person reads
everything else under the delivery it answers.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences.models import Channel, ConsentEvent, Contact, Subscription, Suppression
from audiences.services import consents, suppressions
from audiences.services.consents import Proof
from messaging.models import Delivery
from messaging.services import events, opt_ins
from messaging.services.events import Report
from messaging.services.twilio_reports import SOURCE

# Of those who share a telephone, so many are looked at.
_SHARING = 20
# E.164, as addresses are stored.
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)

Kind = ConsentEvent.Kind


class Meaning(TextChoices):
    STOP = "stop"
    START = "start"
    HELP = "help"
    YES = "yes"
    OTHER = "reply"


# The words of 47 CFR 64.1200(a)(10) and of Twilio's own list
# (https://help.twilio.com/articles/223134027), and what Europeans write instead. Without accents.
_WORDS = {
    Meaning.STOP: (
        *("stop", "stopall", "stop all", "quit", "end", "revoke", "opt out", "optout", "cancel"),
        *("unsubscribe", "stopp", "abmelden", "abmeldung", "abbestellen", "ende"),
        *("arret", "arreter", "desabonner", "baja", "cancelar", "afmelden", "avsluta"),
    ),
    Meaning.START: ("start", "unstop", "anmelden", "alta"),
    Meaning.HELP: ("help", "info", "hilfe", "aide", "ayuda"),
    # To a text that asked; an answer to nothing is read by a person.
    Meaning.YES: ("yes", "ja", "y", "j", "oui", "si"),
}
_MEANINGS = {word: meaning for meaning, words in _WORDS.items() for word in words}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A text that somebody sent us.

    `opt_out_type` is what Twilio took it for where its Advanced Opt-Out is on; it has answered then
    (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out).
    """

    sid: str
    sender: str
    body: str
    opt_out_type: str = ""
    raw: Mapping[str, str]


def meaning(reply: Reply) -> Meaning:
    word = reply.opt_out_type or reply.body
    return _MEANINGS.get(_bare(word), Meaning.OTHER)


def _bare(words: str) -> str:
    """Without case, accents, punctuation and superfluous space."""
    decomposed = unicodedata.normalize("NFKD", words).casefold()
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[^\W_]+", letters))


def receive(*, reply: Reply, now: datetime) -> str:
    """Do what the sender asks for, and return what to answer; "" where nothing is to be said.

    The same reply again has no effect, and gets the same answer.
    """
    if not _NUMBER.fullmatch(reply.sender):
        return _only_keep(reply, now)
    wanted = meaning(reply)
    # Read first, so that the deliveries are found by their contacts.
    people = list(Contact.objects.filter(phone=reply.sender).order_by("pk")[:_SHARING])
    latest = _latest_text_to(people)
    request = _request_to(people, now) if wanted == Meaning.YES else None
    with transaction.atomic():
        report = Report(
            source=SOURCE,
            key=f"{reply.sid}:received",
            kind=wanted,
            raw=reply.raw,
            channel=Channel.SMS,
            address=reply.sender,
        )
        if events.record(delivery=latest, report=report, now=now):
            _carry_out(wanted, reply, now)
            _keep_consent(wanted, people, reply, now)
            if request:
                opt_ins.confirm(delivery=request, how=f"{SOURCE} {reply.sid}", now=now)
    if reply.opt_out_type:
        return ""
    with override(_language(latest, people)):
        return _confirmed() if request else _answer(wanted, reply.sender, people)


def _only_keep(reply: Reply, now: datetime) -> str:
    """A name or another service's account is nobody we text: nothing follows from its words."""
    key = f"{reply.sid}:received"
    report = Report(source=SOURCE, key=key, kind=Meaning.OTHER, raw=reply.raw)
    events.record(delivery=None, report=report, now=now)
    return ""


def _carry_out(wanted: Meaning, reply: Reply, now: datetime) -> None:
    match wanted:
        case Meaning.STOP:
            suppressions.suppress(
                channel=Channel.SMS,
                address=reply.sender,
                reason=Suppression.Reason.STOP,
                note=f"{SOURCE} {reply.sid}",
                now=now,
            )
        case Meaning.START:
            suppressions.lift_stop(
                channel=Channel.SMS,
                address=reply.sender,
                because=f"START, {SOURCE} {reply.sid}",
                now=now,
            )


def _keep_consent(wanted: Meaning, people: list[Contact], reply: Reply, now: datetime) -> None:
    """A STOP takes everything back; a START only what a STOP had taken: who never subscribed has
    not done so by it."""
    kinds = {Meaning.STOP: Kind.WITHDRAWN, Meaning.START: Kind.GIVEN}
    if (kind := kinds.get(wanted)) is None:
        return
    proof = Proof(source=Subscription.Source.SELF, evidence=f"{wanted}, {SOURCE} {reply.sid}")
    for contact in people:
        if kind == Kind.WITHDRAWN or consents.is_withdrawn(contact=contact, channel=Channel.SMS):
            consents.record(contact=contact, kind=kind, proof=proof, now=now, channel=Channel.SMS)


def _answer(wanted: Meaning, number: str, people: list[Contact]) -> str:
    names = {"organisation": settings.ORGANISATION_NAME, "url": settings.PUBLIC_BASE_URL}
    match wanted:
        case Meaning.START if not _is_texted(number, people):
            names["url"] += reverse("subscribe")
            words = _("%(organisation)s: no service notices go to this number. Subscribe: %(url)s")
        case Meaning.STOP:
            words = _("%(organisation)s: you get no more text messages from us. START to undo.")
        case Meaning.START:
            words = _("%(organisation)s: you get our service notices again. Reply STOP to end.")
        case Meaning.HELP:
            words = _("%(organisation)s service notices: %(url)s Reply STOP to get no more.")
        case _:
            return ""
    return words % names


def _confirmed() -> str:
    words = _("%(organisation)s: you are subscribed. Reply STOP to end. Settings: %(url)s")
    return words % {
        "organisation": settings.ORGANISATION_NAME,
        "url": settings.PUBLIC_BASE_URL + reverse("lost-link"),
    }


def _is_texted(number: str, people: list[Contact]) -> bool:
    """Whether notices go to a number, as things are now."""
    in_the_way = Suppression.objects.active().filter(channel=Channel.SMS, address=number)
    heard = Subscription.objects.filter(
        contact__in=people,
        channel=Channel.SMS,
        state=Subscription.State.CONFIRMED,
        segment__is_archived=False,
    )
    return heard.exists() and not in_the_way.exists()


def _request_to(people: list[Contact], now: datetime) -> Delivery | None:
    """What a YES can be an answer to."""
    return opt_ins.waiting_text(contacts=people, now=now) if people else None


def _latest_text_to(people: list[Contact]) -> Delivery | None:
    texts = Delivery.objects.filter(contact__in=people, channel=Channel.SMS)
    return texts.order_by("-pk").first() if people else None


def _language(latest: Delivery | None, people: list[Contact]) -> str:
    if latest:
        return latest.language
    return people[0].language if people else settings.LANGUAGE_CODE
