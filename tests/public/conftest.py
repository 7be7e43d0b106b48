from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.utils import timezone

from feedback.models import Invitation, Question, SurveyVersion
from feedback.services import responses
from incidents.models import Component, ComponentGroup, Incident, IncidentComponent
from messaging.models import Broadcast, Delivery
from messaging.services import links
from tests.factories import (
    NOON,
    BroadcastFactory,
    ComponentFactory,
    ContactFactory,
    DeliveryFactory,
    IncidentFactory,
    InvitationFactory,
    QuestionFactory,
    SurveyVersionFactory,
    UpdateFactory,
)


@pytest.fixture
def rows(db: None) -> Callable[[], dict[str, list[tuple]]]:
    """Every row of every table, to compare before and after."""
    return lambda: {
        model._meta.label: list(model.objects.order_by("pk").values_list())
        for model in apps.get_models()
    }


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def checkout(db: None) -> Component:
    group = ComponentGroup.objects.create(name="Shop")
    return ComponentFactory(group=group, name="Checkout", status=Component.Status.PARTIAL_OUTAGE)


@pytest.fixture
def outage(checkout: Component, now: datetime) -> Incident:
    """Under way for an hour, with two updates and a promise for in half an hour."""
    incident = IncidentFactory(
        title={"en": "Orders fail", "de": "Bestellungen scheitern"},
        impact="major",
        status="identified",
        started_at=now - timedelta(hours=1),
        opened_at=now - timedelta(minutes=55),
    )
    IncidentComponent.objects.create(incident=incident, component=checkout)
    for minutes, status, text in (
        (55, "investigating", {"en": "We are looking.", "de": "Wir sehen nach."}),
        (12, "identified", {"en": "We found **it**.", "de": "Wir haben **es** gefunden."}),
    ):
        UpdateFactory(
            incident=incident,
            status=status,
            public_text=text,
            technical_text={"en": "pod-7f crashed", "de": "pod-7f abgestürzt"},
            published_at=now - timedelta(minutes=minutes),
            next_update_due_at=now + timedelta(minutes=30),
        )
    return incident


@pytest.fixture
def survey(db: None) -> SimpleNamespace:
    """One question of each kind, by its kind; the first is required."""
    version: SurveyVersion = SurveyVersionFactory(survey__slug="after")
    choices = [
        {"value": "email", "label": {"en": "E-mail", "de": "E-Mail"}},
        {"value": "sms", "label": {"en": "Text message", "de": "SMS"}},
    ]
    questions: dict[str, Question] = {
        str(kind): QuestionFactory(
            version=version,
            kind=kind,
            position=position,
            is_required=kind == Question.Kind.CSAT,
            choices=choices if kind in Question.WITH_CHOICES else [],
        )
        for position, kind in enumerate(Question.Kind)
    }
    return SimpleNamespace(version=version, survey=version.survey, **questions)


@pytest.fixture
def answer(survey: SimpleNamespace) -> Callable[..., Delivery]:
    """Lets somebody new answer the survey about a thread; without answers they are only asked."""
    broadcasts: dict[str, Broadcast] = {}

    def answer(
        thread: str = "orders",
        version: SurveyVersion = survey.version,
        now: datetime = NOON,
        channel: str = "email",
        address: str = "",
        **answers: str | list[str],
    ) -> Delivery:
        if thread not in broadcasts:
            broadcasts[thread] = BroadcastFactory(purpose="feedback", thread=thread)
            InvitationFactory(broadcast=broadcasts[thread], version=version)
        contact = ContactFactory()
        delivery: Delivery = DeliveryFactory(
            broadcast=broadcasts[thread],
            contact=contact,
            channel=channel,
            address=address or contact.email,
            state="delivered",
        )
        asked = {question.kind: question.pk for question in version.questions.all()}
        given = {
            asked[kind]: [raw] if isinstance(raw, str) else raw for kind, raw in answers.items()
        }
        if given:
            responses.submit(delivery=delivery, answers=given, language="en", now=now)
        return delivery

    return answer


@pytest.fixture
def invitation(survey: SimpleNamespace) -> Invitation:
    broadcast = BroadcastFactory(purpose=Broadcast.Purpose.FEEDBACK, thread="orders")
    return InvitationFactory(broadcast=broadcast, version=survey.version)


@pytest.fixture
def invited(invitation: Invitation, bo: object) -> Delivery:
    return DeliveryFactory(
        broadcast=invitation.broadcast, contact=bo, state=Delivery.State.DELIVERED
    )


@pytest.fixture
def form_url(invited: Delivery) -> str:
    return f"/f/{links.token(invited)}/"
