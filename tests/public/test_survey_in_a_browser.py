"""The form in a real browser: more comfortable with a script, and complete without."""

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from feedback.models import Answer, Question, Response
from messaging.services import links
from tests.factories import DeliveryFactory, InvitationFactory, QuestionFactory

WHY, BETTER = "What was missing?", "What else?"


@pytest.fixture
def address(transactional_db: None, live_server: LiveServer, bo: object) -> str:
    """A score, why it was low, and on another page what else there is to say."""
    version = QuestionFactory(position=0, is_required=True).version
    kind = Question.Kind.TEXT
    QuestionFactory(version=version, position=1, kind=kind, after=["1", "2"], text={"en": WHY})
    QuestionFactory(version=version, position=2, kind=kind, starts_page=True, text={"en": BETTER})
    broadcast = InvitationFactory(version=version).broadcast
    delivery = DeliveryFactory(broadcast=broadcast, contact=bo)
    return f"{live_server.url}/f/{links.token(delivery)}/"


@pytest.mark.slow(reason="a real browser")
def test_a_question_appears_when_it_applies_and_what_is_begun_is_still_there_later(
    page: Page, address: str
) -> None:
    page.goto(address)
    why = page.get_by_label(WHY)
    expect(why).to_be_hidden()
    page.get_by_label("very dissatisfied").focus()
    page.keyboard.press("Space")
    expect(why).to_be_visible()
    expect(page.get_by_text("Only if you answered")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("A word")
    page.get_by_role("button", name="Next page").press("Enter")
    page.get_by_label(BETTER).fill("Nothing else")

    page.goto(f"{address}?score=2")

    expect(page.get_by_text("What you had begun on this device is filled in.")).to_be_visible()
    expect(page.get_by_role("radio", name="2 dissatisfied", exact=True)).to_be_checked()
    expect(why).to_have_value("A word")
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_label(BETTER)).to_have_value("Nothing else")
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    assert set(Answer.objects.values_list("score", "text")) == {
        (2, ""),
        (None, "A word"),
        (None, "Nothing else"),
    }


@pytest.mark.slow(reason="a real browser")
def test_what_is_begun_changes_the_answers_that_stood_there_and_no_later_ones(
    page: Page, address: str
) -> None:
    page.goto(f"{address}?score=1")
    page.get_by_label(WHY).fill("A word")
    page.get_by_role("button", name="Next page").click()
    page.get_by_label(BETTER).fill("Nothing else")
    page.get_by_role("button", name="Send my answers").click()

    page.goto(address)
    page.get_by_label(WHY).fill("")
    page.get_by_role("button", name="Next page").click()
    page.get_by_label(BETTER).fill("")
    page.goto(address)

    expect(page.locator("#restored")).to_be_visible()
    expect(page.get_by_label(WHY)).to_have_value("")
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_label(BETTER)).to_have_value("")

    Response.objects.update(changes=1)  # sent from another device
    page.goto(address)

    expect(page.get_by_label(WHY)).to_have_value("A word")
    expect(page.locator("#restored")).to_be_hidden()


@pytest.mark.slow(reason="a real browser")
def test_all_of_it_works_without_a_script(browser: Browser, address: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}?score=1")
    page.get_by_label(WHY).fill("A word")
    page.get_by_role("button", name="Next page").click()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label(WHY)).to_have_value("A word")
    page.get_by_role("button", name="Next page").click()
    page.get_by_role("button", name="Send my answers").click()

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert set(Answer.objects.values_list("score", "text")) == {(1, ""), (None, "A word")}
