"""A survey's answers as files: whole, safe to open, and not more telling than was promised."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from audiences.models import Contact
from feedback.models import Question, SurveyVersion
from feedback.services import answer_files, responses, versions
from incidents.models import TimelineEntry
from messaging.models import Delivery
from tests.factories import (
    NOON,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    IncidentFactory,
    InvitationFactory,
    PlanStepFactory,
    QuestionFactory,
    SurveyVersionFactory,
    UserFactory,
)

Kind = Question.Kind
LABEL = {"en": "One"}
CHOICES = [{"value": one, "label": LABEL} for one in ("sms", "email")]


@pytest.fixture
def version(db: None) -> SurveyVersion:
    version: SurveyVersion = SurveyVersionFactory(survey__slug="after")
    QuestionFactory(version=version, kind=Kind.CSAT, key="happy")
    QuestionFactory(version=version, kind=Kind.SEVERAL, key="how", position=1, choices=CHOICES)
    QuestionFactory(version=version, kind=Kind.TEXT, key="why", position=2)
    return version


def answer(version: SurveyVersion, contact: Contact | None = None, **given: Any) -> None:
    broadcast = BroadcastFactory(thread="orders")
    InvitationFactory(version=version, broadcast=broadcast)
    delivery = DeliveryFactory(broadcast=broadcast, contact=contact or ContactFactory())
    keys = {one.key: one.pk for one in version.questions.all()}
    said = {keys[key]: value for key, value in given.items()}
    responses.submit(delivery=delivery, answers=said, language="de", now=NOON)


def exported(client: Client, version: SurveyVersion, name: str) -> str:
    page = reverse("admin:feedback_surveyversion_export", args=[version.pk])
    sent = client.post(page, {"file": name})
    return b"".join(sent).decode("utf-8-sig")  # type: ignore[call-overload]


def table(text: str) -> list[dict[str, str]]:
    """Each question by its key, which stands in the heading behind its words."""
    head, *lines = csv.reader(StringIO(text))
    keys = [one.rpartition("(")[2].rstrip(")") for one in head]
    return [dict(zip(keys, line, strict=True)) for line in lines]


def test_each_response_is_a_row_and_names_its_version(
    lead_client: Client, version: SurveyVersion, ana: Contact, lead: Any
) -> None:
    answer(version, ana, happy=["2"], how=["sms", "email"], why=["=HYPERLINK(1)"])
    second = versions.revise(version=version, by=lead)
    second.questions.filter(key="how").delete()
    versions.activate(draft=second, now=NOON)
    answer(second, happy=["5"])

    first, later = table(exported(lead_client, version, "answers.csv"))

    assert (first["version"], first["about"], first["channel"]) == ("1", "orders", "email")
    assert (first["name"], first["address"]) == (ana.name, ana.email)
    assert (first["happy"], first["how"], first["why"]) == ("2", "sms; email", "'=HYPERLINK(1)")
    assert (later["version"], later["happy"], later["how"]) == ("2", "5", "")
    assert list(first)[-3:] == ["happy", "why", "how"]


def test_a_question_of_another_kind_is_another_column(
    lead_client: Client, version: SurveyVersion, lead: Any
) -> None:
    answer(version, happy=["5"])
    second = versions.revise(version=version, by=lead)
    second.questions.filter(key="happy").update(kind=Kind.NPS)
    versions.activate(draft=second, now=NOON)
    answer(second, happy=["5"])

    first, later = table(exported(lead_client, version, "answers.csv"))

    assert (first["happy, csat"], first["happy, nps"]) == ("5", "")
    assert (later["happy, csat"], later["happy, nps"]) == ("", "5")
    told = json.loads(exported(lead_client, version, "answers.json"))
    kinds = [(one["kind"], one["versions"]) for one in told["questions"] if one["key"] == "happy"]
    assert kinds == [("nps", [2]), ("csat", [1])]
    assert [one["answers"]["happy"] for one in told["responses"]] == [5, 5]


def test_whose_message_has_given_its_address_up_is_reached_as_now(
    lead_client: Client, version: SurveyVersion, ana: Contact
) -> None:
    answer(version, ana, happy=["5"])
    Delivery.objects.update(address="erased:1")

    [row] = table(exported(lead_client, version, "answers.csv"))

    assert (row["name"], row["address"]) == (ana.name, ana.email)


def test_a_spreadsheet_says_what_was_asked_and_about_what(
    lead_client: Client, version: SurveyVersion
) -> None:
    step, incident = PlanStepFactory(), IncidentFactory()
    broadcast = BroadcastFactory(thread=incident.key)
    InvitationFactory(version=version, broadcast=broadcast)
    TimelineEntry.objects.create(
        incident=incident, step=step, slot="1", due_at=NOON, broadcast=broadcast
    )
    delivery = DeliveryFactory(broadcast=broadcast, contact=ContactFactory())
    happy = version.questions.get(key="happy")
    responses.submit(delivery=delivery, answers={happy.pk: ["2"]}, language="de", now=NOON)

    text = exported(lead_client, version, "answers.csv")

    assert "How satisfied are you? (happy)" in text
    assert table(text)[0]["about"] == str(incident)


def test_a_program_reads_the_same_with_the_questions(
    lead_client: Client, version: SurveyVersion
) -> None:
    answer(version, happy=["2"], how=["sms"], why=["Zu spät."])

    told = json.loads(exported(lead_client, version, "answers.json"))

    asked = {one["key"]: (one["kind"], one["versions"]) for one in told["questions"]}
    assert asked == {"happy": ("csat", [1]), "how": ("several", [1]), "why": ("text", [1])}
    [row] = told["responses"]
    assert row["answers"] == {"happy": 2, "how": ["sms"], "why": "Zu spät."}


def test_what_is_anonymous_has_no_day_no_order_and_no_trace_of_anybody(
    lead_client: Client, version: SurveyVersion, ana: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.services.anonymity.secrets.randbelow", Random(7).randrange)
    version.is_anonymous = True
    version.save()
    for score in "1234":
        answer(version, ana, happy=[score])

    assert not table(exported(lead_client, version, "answers.csv"))
    answer(version, ana, happy=["5"])

    found = list(answer_files.rows(survey=version.survey, with_people=True))
    assert {tuple(row.facts) for row in found} == {("version", "tags")}
    said = [row.by_key["happy"] for row in found]
    assert sorted(said) == [1, 2, 3, 4, 5]
    assert said != sorted(said)


def test_who_may_not_see_contacts_gets_no_names(
    client: Client, version: SurveyVersion, ana: Contact
) -> None:
    answer(version, ana, happy=["2"])
    reader = UserFactory(is_staff=True)
    allowed = Permission.objects.filter(codename__in=["view_response", "view_surveyversion"])
    reader.user_permissions.set(allowed)
    client.force_login(reader)

    assert ana.email not in exported(client, version, "answers.csv")
    reader.user_permissions.remove(allowed.get(codename="view_response"))
    page = reverse("admin:feedback_surveyversion_export", args=[version.pk])
    assert client.post(page, {"file": "answers.csv"}).status_code == 403


def test_the_figures_withhold_what_is_too_small(
    lead_client: Client, version: SurveyVersion, settings: Settings
) -> None:
    settings.FEEDBACK_SMALLEST_GROUP = 3
    for score in "445":
        answer(version, happy=[score])
    answer(version, happy=["5"], why=["Fine."])

    told = json.loads(exported(lead_client, version, "figures.json"))

    happy, _how, why = told["questions"]
    assert (happy["key"], happy["versions"], happy["count"]) == ("happy", [1], 4)
    assert happy["csat_percent"]["value"] == 100
    assert happy["distribution"] == {"1": 0, "2": 0, "3": 0, "4": 2, "5": 2}
    assert why["is_withheld"]
    assert "count" not in why
    assert {"channel", "language", "segment"} <= set(told["by"])


def test_an_export_of_many_takes_no_more_questions(
    version: SurveyVersion, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _number in range(4):
        answer(version, happy=["2"], why=["Late."])

    with django_assert_max_num_queries(6):
        assert "Late." in "".join(answer_files.as_json(survey=version.survey, with_people=True))
