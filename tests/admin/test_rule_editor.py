"""The editor of rules in a real browser, by keyboard as well."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from audiences.models import Contact, Segment
from tests.factories import ComponentFactory, ContactFactory, SegmentFactory

RULE = {
    "all": [
        {"field": "language", "equals": "de"},
        {"not": {"any": [{"uses": "checkout"}, {"not": {"in_segment": "keys"}}]}},
        {"field": "attributes.seats", "more": 5},
        {"not": {"field": "account.kind", "one_of": ["partner", "internal"]}},
    ]
}


@pytest.fixture
def segment(transactional_db: None) -> Segment:
    ContactFactory(language="de", attributes={"seats": 7})
    SegmentFactory(slug="keys", name="Key accounts")
    ComponentFactory(slug="checkout")
    return SegmentFactory(slug="mine", rule=RULE)


@pytest.fixture
def editor(live_server: LiveServer, page: Page, segment: Segment, lead_client: Client) -> Page:
    session = lead_client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(live_server.url + reverse("admin:audiences_segment_change", args=[segment.pk]))
    return page


def typed(editor: Page) -> object:
    return json.loads(editor.locator("textarea[name=rule]").input_value())


@pytest.mark.slow(reason="a real browser")
def test_a_rule_is_changed_by_keyboard_and_saved(editor: Page, segment: Segment) -> None:
    said = editor.locator(".kt-rule-said")
    expect(said).to_contain_text("Language is German and not (the account uses “checkout” or")
    expect(said).to_contain_text("E-mail: ")

    editor.get_by_role("button", name="Remove").nth(4).focus()
    editor.keyboard.press("Enter")
    editor.get_by_label("What is asked").first.focus()
    editor.keyboard.press("ArrowDown")
    editor.get_by_label("Test").first.select_option("!contains")
    editor.get_by_label("Value").first.fill("Europe")

    expect(said).to_contain_text("Time zone does not contain “Europe”")
    parts = typed(editor)["all"]
    assert parts[0] == {"not": {"field": "time_zone", "contains": "Europe"}}
    assert parts[1:] == [part for part in RULE["all"][1:] if "attributes" not in str(part)]

    editor.get_by_role("button", name="Save", exact=True).click()
    editor.wait_for_url("**/audiences/segment/")
    segment.refresh_from_db()
    assert segment.rule == {"all": parts}


@pytest.mark.slow(reason="a real browser")
def test_what_is_opened_and_not_touched_stays_as_it_is(editor: Page, segment: Segment) -> None:
    expect(editor.locator(".kt-rule-said")).to_contain_text("E-mail: ")

    assert typed(editor) == RULE


@pytest.mark.slow(reason="a real browser")
def test_text_and_editor_follow_each_other(editor: Page, ana: Contact) -> None:
    said = editor.locator(".kt-rule-said")
    editor.get_by_text("Rule as text").click()
    text = editor.locator("textarea[name=rule]")

    text.fill('{"field": "language", "one_of": ["de"]}')
    expect(said).to_contain_text("Language is German")
    editor.get_by_role("checkbox", name="English").check()
    expect(said).to_contain_text("Language is German or English")
    assert typed(editor) == {"all": [{"field": "language", "one_of": ["de", "en"]}]}

    text.fill("{")
    expect(said).to_contain_text("This text is no rule yet")
    text.fill('{"field": "password", "equals": "x"}')
    expect(said).to_contain_text("Unknown field: password")
    assert typed(editor) == {"field": "password", "equals": "x"}


@pytest.mark.slow(reason="a real browser")
def test_a_new_segment_gets_a_rule_without_a_word_of_json(
    editor: Page, live_server: LiveServer
) -> None:
    editor.goto(live_server.url + reverse("admin:audiences_segment_add"))
    expect(editor.locator(".kt-rule-said")).not_to_contain_text("no rule yet")
    editor.locator("input[name=name]").fill("German speakers")

    editor.get_by_role("button", name="Add a condition").click()
    editor.get_by_label("Value").select_option("de")
    expect(editor.locator(".kt-rule-said")).to_contain_text("Language is German")
    editor.get_by_role("button", name="Save", exact=True).click()
    editor.wait_for_url("**/audiences/segment/")

    made = Segment.objects.get(slug="german-speakers")
    assert made.rule == {"all": [{"field": "language", "equals": "de"}]}
