"""The editor of a variant: what can be inserted, and what a text becomes, counted while typing."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from messaging.models import Template
from messaging.services import placeholders
from tests.factories import TemplateFactory, TemplateVariantFactory
from tests.messaging.test_sms_units import CASES

COUNT = "admin:messaging_templatevariant_count"


@pytest.fixture
def template(transactional_db: None) -> Template:
    template = TemplateFactory(stage="update")
    TemplateVariantFactory(template=template, language="en", sms_text="We work on it.")
    return template


@pytest.fixture
def editor(live_server: LiveServer, page: Page, template: Template, lead_client: Client) -> Page:
    session = lead_client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(live_server.url + reverse("admin:messaging_template_change", args=[template.pk]))
    return page


def told(client: Client, text: str, **more: str) -> dict[str, str]:
    given = {"name": "sms_text", "language": "en", "detail": "public", "text": text, **more}
    answer: dict[str, str] = client.post(reverse(COUNT), given).json()
    return answer


# What is stripped, cut or made GSM-safe before it is sent is counted as it is sent.
CHANGED = re.compile(r"[{“”„‘’–—…`\u0301\u00a0\u200b]|.{1401}")


@pytest.mark.parametrize(
    ("text", "kind", "count"),
    [case for case in CASES if case[0] == case[0].strip() != "" and not CHANGED.search(case[0])],
)
def test_what_is_counted_while_typing_is_what_is_charged(
    lead_client: Client, text: str, kind: str, count: int
) -> None:
    said = told(lead_client, text)["said"]

    assert f" {count} message" in said
    assert f" · {kind} · " in said


def test_the_length_is_that_of_the_filled_text(lead_client: Client) -> None:
    said = told(lead_client, "{{ title }}")["said"]

    assert said == (
        "With a made-up incident: 1 message · 15 characters · GSM-7 · 0.08 EUR for each reader"
    )
    german = told(lead_client, "{{ title }}", language="de")["said"]
    assert german != said


def test_without_a_price_none_is_named(lead_client: Client, settings: Settings) -> None:
    settings.SMS_PRICE_PER_SEGMENT = Decimal(0)

    assert told(lead_client, "Hi")["said"].endswith("· GSM-7")


def test_quotes_and_dashes_are_counted_as_they_are_sent(lead_client: Client) -> None:
    answer = told(lead_client, "„Störung“ – wir sind dran…")

    assert "GSM-7" in answer["said"]
    assert "hint" not in answer


def test_characters_that_cost_are_named(lead_client: Client) -> None:
    assert told(lead_client, "ça va ✓ bien")["hint"].endswith(": ç ✓")


def test_what_cannot_be_filled_says_why(lead_client: Client) -> None:
    assert "no {{ nonsense }}" in told(lead_client, "{{ nonsense }}")["error"].replace(
        "there is ", ""
    )
    assert "technical" in told(lead_client, "{{ technical }}")["error"]
    assert "error" not in told(lead_client, "{{ technical }}", detail="technical")


def test_a_short_text_has_its_limit(lead_client: Client) -> None:
    short = {"name": "short_text"}
    assert told(lead_client, "a" * 280, **short) == {
        "said": "With a made-up incident: 280 of 280 characters"
    }
    assert "shorten it" in told(lead_client, "a" * 281, **short)["hint"]
    assert "read by everybody" in told(lead_client, "{{ salutation }}", **short)["error"]


def test_without_a_script_the_list_stands_there(lead_client: Client, template: Template) -> None:
    address = reverse("admin:messaging_template_change", args=[template.pk])
    shown = lead_client.get(address).content.decode()

    for name in placeholders.insertable(detail="public"):
        assert f"<code>{{{{ {name} }}}}</code>" in shown
    assert "what customers can do meanwhile" in shown


@pytest.mark.slow(reason="a real browser")
def test_a_placeholder_is_completed_by_keyboard(editor: Page) -> None:
    subject = editor.locator("input[name=variants-0-subject]")
    subject.fill("")
    subject.press_sequentially("News: {{ st")
    expect(editor.locator(".kt-complete li")).to_have_count(2)
    subject.press("ArrowDown")
    subject.press("Enter")

    expect(subject).to_have_value("News: {{ started }}")
    expect(editor.locator(".kt-complete li")).to_have_count(0)


@pytest.mark.slow(reason="a real browser")
def test_what_may_be_empty_is_asked_for_once(editor: Page) -> None:
    body = editor.locator("textarea[name=variants-0-body]")
    body.fill("")
    body.press_sequentially("{{ worka")
    body.press("Tab")
    expect(body).to_have_value("{% if workaround %}{{ workaround }}{% endif %}")

    body.fill("{% if workaround %}Meanwhile: ")
    body.press_sequentially("{{ worka")
    body.press("Enter")
    expect(body).to_have_value("{% if workaround %}Meanwhile: {{ workaround }}")


@pytest.mark.slow(reason="a real browser")
def test_a_click_inserts_where_one_was_writing(editor: Page) -> None:
    sms = editor.locator("textarea[name=variants-0-sms_text]")
    sms.focus()
    sms.press("End")
    block = editor.locator(".form-group:not(.empty-form)").first
    block.locator("summary", has_text="What can be inserted").click()
    block.locator("[data-insert=title]").click()

    expect(sms).to_have_value("We work on it.{{ title }}")
    expect(block.locator(".kt-counted").first).to_contain_text("29 characters")


@pytest.mark.slow(reason="a real browser")
def test_the_list_follows_stage_and_detail_level(editor: Page) -> None:
    block = editor.locator(".form-group:not(.empty-form)").first
    block.locator("summary", has_text="What can be inserted").click()
    expect(block.locator("[data-insert=technical]")).to_be_hidden()
    expect(block.locator("[data-insert=old_for] [data-may-be-empty]")).to_be_visible()

    block.locator("select[name$=detail]").select_option("technical", force=True)
    editor.locator("select[name=stage]").select_option("moved", force=True)

    expect(block.locator("[data-insert=technical]")).to_be_visible()
    expect(block.locator("[data-insert=old_for] [data-may-be-empty]")).to_be_hidden()
