"""Surveys of several pages, and questions that not everybody is asked; nothing needs a script."""

import pytest
from django.test import Client

from feedback.models import Answer, Question
from messaging.services import links
from tests.factories import DeliveryFactory, InvitationFactory, QuestionFactory
from tests.pages import form_on


@pytest.fixture
def first(db: None) -> Question:
    return QuestionFactory(position=0, is_required=True)


@pytest.fixture
def why(first: Question) -> Question:
    return QuestionFactory(
        version=first.version, position=1, kind="text", after=["1", "2"], is_required=True
    )


@pytest.fixture
def second(why: Question) -> Question:
    """On a page of its own."""
    return QuestionFactory(version=why.version, position=2, kind="text", starts_page=True)


@pytest.fixture
def url(second: Question, bo: object) -> str:
    broadcast = InvitationFactory(version=second.version).broadcast
    return f"/f/{links.token(DeliveryFactory(broadcast=broadcast, contact=bo))}/"


def name(question: Question) -> str:
    return f"q{question.pk}"


def test_a_page_is_turned_without_storing_anything_and_all_is_sent_at_the_end(
    client: Client, url: str, first: Question, second: Question, rows
):
    before = rows()
    assert name(second) not in form_on(client.get(url).content.decode())

    there = client.post(url, {name(first): "5", "page": "0", "go": "next"})
    fields = form_on(there.content.decode())
    back = client.post(url, fields | {name(second): "So good.", "go": "back"})
    fields = form_on(back.content.decode())

    assert "Page 2 of 2" in there.content.decode()
    assert (fields[name(first)], fields[name(second)]) == (["5"], ["So good."])
    assert rows() == before

    client.post(url, fields | {"page": "1", "go": "send"})

    assert set(Answer.objects.values_list("score", "text")) == {(5, ""), (None, "So good.")}


def test_what_is_missing_on_a_page_is_said_before_it_is_turned(
    client: Client, url: str, first: Question
):
    response = client.post(url, {"page": "0", "go": "next"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Page 1 of 2" in page
    assert f'<a href="#{name(first)}">' in page


def test_what_is_missing_in_the_end_opens_its_page(client: Client, url: str, second: Question):
    page = client.post(url, {name(second): "Hm.", "page": "1", "go": "send"}).content.decode()

    assert "Page 1 of 2" in page
    assert form_on(page)[name(second)] == ["Hm."]


def test_what_does_not_fit_on_the_last_page_is_said_there(
    client: Client, url: str, first: Question, second: Question
):
    answers = {name(first): "5", name(second): "a" * 5_001}
    page = client.post(url, answers | {"go": "send"}).content.decode()

    assert "Page 2 of 2" in page
    assert "Please shorten your text" in page


@pytest.mark.parametrize("page", ["7", "-1", "x", "9" * 5_000])
def test_a_page_that_does_not_exist_is_another(client: Client, url: str, page: str):
    assert client.post(url, {"page": page, "go": "back"}).status_code == 200


def test_a_question_that_does_not_apply_is_neither_required_nor_stored(
    client: Client, url: str, first: Question, why: Question
):
    client.post(url, {name(first): "5", name(why): "Not asked."})
    assert not Answer.objects.filter(question=why).exists()

    assert client.post(url, {name(first): "2"}).status_code == 422
    client.post(url, {name(first): "2", name(why): "Too late."})
    assert Answer.objects.get(question=why).text == "Too late."


def test_without_a_script_it_is_said_to_whom_a_question_applies(client: Client, url: str):
    page = client.get(url).content.decode()

    assert "Only if you answered: very dissatisfied, dissatisfied" in page
