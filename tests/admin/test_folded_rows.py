"""Rows that are folded to their titles, in a real browser."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.factories import QuestionFactory


@pytest.mark.slow(reason="a real browser")
def test_a_new_question_is_open_and_others_open_by_keyboard(
    transactional_db: None, live_server: LiveServer, page: Page, lead_client: Client
) -> None:
    draft = QuestionFactory(version__status="draft", text={"en": "How was it?"}).version
    session = lead_client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(live_server.url + reverse("admin:feedback_surveyversion_change", args=[draft.pk]))

    page.get_by_role("button", name="How was it?").press("Enter")
    expect(page.locator("[name=questions-0-kind]")).to_be_visible()
    page.get_by_text("Add another Question").click()

    new = page.locator("[name=questions-1-kind]")
    expect(new).to_be_focused()
    new.select_option("text")
    page.locator("[name=questions-1-text_en]").fill("Why?")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/feedback/surveyversion/")
    assert [str(one) for one in draft.questions.order_by("position")] == ["How was it?", "Why?"]
