"""Somebody about whom every table that can hold something holds it."""

import json
from dataclasses import dataclass

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import models

from audiences.models import (
    ConsentEvent,
    Contact,
    ContactImport,
    Segment,
    SignUp,
    Suppression,
)
from feedback.models import FollowUp, Question, Response
from incidents.models import Drill, PlanReview, TimelineEntry
from messaging.models import Broadcast, Delivery, DeliveryEvent
from tests.factories import (
    NOON,
    AccountFactory,
    BroadcastContentFactory,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    IncidentFactory,
    InvitationFactory,
    PlanStepFactory,
    QuestionFactory,
    SegmentFactory,
    SubscriptionFactory,
)

NAME, MAIL, NUMBER = "Zoë Kümmerling", "zoe.kuemmerling@example.com", "+4917139200017"
NETWORK = "2001:db8::77"


@dataclass
class Known:
    contact: Contact
    segment: Segment
    broadcast: Broadcast
    delivered: Delivery
    pending: Delivery
    claimed: Delivery
    text: Delivery
    response: Response


@pytest.fixture
def zoe(db: None) -> Contact:
    return ContactFactory(
        name=NAME,
        email=MAIL,
        phone=NUMBER,
        language="de",
        account=AccountFactory(name="Kontor GmbH"),
        attributes={"nickname": f"called {NAME}"},
    )


@pytest.fixture
def known(zoe: Contact, lead: User, deputy: User) -> Known:
    segment = SegmentFactory(name="Shop customers")
    subscription = SubscriptionFactory(contact=zoe, segment=segment, evidence=f"{MAIL} asked")
    ConsentEvent.objects.create(
        contact=zoe,
        purpose="notice",
        segment=segment,
        list_name=segment.evidence_name,
        kind="given",
        source="self",
        evidence=MAIL,
    )
    broadcast = _told(zoe)
    known = Known(
        contact=zoe,
        segment=segment,
        broadcast=broadcast,
        delivered=_delivery(zoe, broadcast, state="delivered", error_text=f"250 OK {MAIL}"),
        pending=_delivery(zoe, BroadcastFactory(), state="pending"),
        claimed=_delivery(zoe, BroadcastFactory(), state="claimed", lease_id=_LEASE),
        text=_delivery(
            zoe, broadcast, channel="sms", address=NUMBER, state="unknown", sending_at=NOON
        ),
        response=None,  # type: ignore[arg-type]
    )
    known.response = _answered(known.delivered, lead)
    _events(known)
    Suppression.objects.create(channel="sms", address=NUMBER, reason="stop", note=f"from {NUMBER}")
    for channel, address in (("email", MAIL), ("sms", NUMBER)):
        SignUp.objects.create(
            wish="link", channel=channel, address=address, language="de", network_address=NETWORK
        )
    _notes(lead)
    _imported(lead)
    for row in (zoe, subscription, known.delivered, known.response, segment):
        _logged(row, deputy)
    return known


_LEASE = "11111111-1111-1111-1111-111111111111"


def _told(zoe: Contact) -> Broadcast:
    broadcast = BroadcastFactory(title="Delayed sign-in")
    BroadcastContentFactory(
        broadcast=broadcast,
        language="de",
        subject="Anmeldung verzögert",
        text="xMERGEsalutationx\n\nWir sind dran.\nhttps://merge.invalid/unsubscribe\n",
        sms_text="Wir sind dran.",
    )
    BroadcastContentFactory(broadcast=broadcast, language="en")
    return broadcast


def _delivery(contact: Contact, broadcast: Broadcast, **changes: object) -> Delivery:
    return DeliveryFactory(contact=contact, broadcast=broadcast, language="de", **changes)


def _answered(delivery: Delivery, lead: User) -> Response:
    score = QuestionFactory()
    words = QuestionFactory(
        version=score.version, kind=Question.Kind.TEXT, text={"en": "Anything else?"}
    )
    invitation = InvitationFactory(version=score.version, broadcast=delivery.broadcast)
    response = Response.objects.create(
        invitation=invitation, delivery=delivery, language="de", submitted_at=NOON
    )
    response.answers.create(question=score, score=1)
    response.answers.create(question=words, text=f"Call me: {NUMBER}, {NAME}")
    FollowUp.objects.create(
        response=response, due_at=NOON, owner=lead, outcome=f"Rang up {NAME}, no answer"
    )
    return response


def _events(known: Known) -> None:
    DeliveryEvent.objects.create(
        delivery=known.delivered,
        source="postmark",
        event_key="1",
        kind="delivered",
        raw={"Recipient": MAIL, "more": [{"to": NAME}]},
    )
    # From before the number was a contact's.
    DeliveryEvent.objects.create(
        source="twilio", event_key="SM1:received", kind="reply", raw={"From": NUMBER, "Body": "Hm"}
    )
    gone = ContactFactory(email="", phone=NUMBER)
    DeliveryFactory(
        contact=gone, broadcast=BroadcastFactory(), channel="sms", address=NUMBER, state="failed"
    )
    Contact.objects.filter(pk=gone.pk)._raw_delete("default")


def _notes(lead: User) -> None:
    incident = IncidentFactory(lead=lead)
    step = PlanStepFactory()
    TimelineEntry.objects.create(
        incident=incident, step=step, due_at=NOON, reason="opened", note=f"Phoned {NAME}"
    )
    PlanReview.objects.create(
        plan=step.plan, reviewer=lead, due_on=NOON.date(), findings=f"{NAME} heard too late"
    )
    Drill.objects.create(incident=incident, held_by=lead, lessons=f"Do not write to {MAIL}")
    Suppression.objects.create(
        channel="email", address="other@example.com", reason="staff", note=f"ask {NAME} instead"
    )


def _imported(lead: User) -> None:
    ContactImport.objects.create(
        file="1.csv",
        name=f"{NAME}.csv",
        preview={"rows": [[NAME, MAIL, "0171 39200017"]]},
        report={"refused": [{"line": 2, "reason": f"“{NUMBER}” is not a phone number."}]},
        created_by=lead,
    )


def _logged(row: models.Model, by: User) -> None:
    change = [{"added": {"name": "subscription", "object": f"{NAME} · Shop"}}]
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=CHANGE,
        change_message=json.dumps(change),
    )
