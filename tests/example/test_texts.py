"""The texts that come with the product are fit to be sent as they are."""

import itertools
import re

import pytest

from embedded.segments import GSM_7, GSM_7_EXTENSION
from messaging.channels import sms_units
from messaging.merging import FIELDS
from messaging.models import Template, TemplateVariant
from messaging.services import library, placeholders, posts, rendering

INCIDENT_STAGES = ["acknowledge", "update", "holding", "identified", "monitoring", "resolved"]
PUBLIC_STAGES = [
    *INCIDENT_STAGES,
    *("announce", "started", "verifying", "completed", "cancelled", "feedback"),
    *("scope", "reminder", "moved", "overrun", "extended", "rolled_back"),
    *("postmortem", "commitment", "correction", "ask_again"),
    *Template.OF_SURVEY,
    *Template.DUTY,
]
TECHNICAL_STAGES = [*INCIDENT_STAGES, "scope", "overrun", "rolled_back", "correction"]
FACTS = {
    "de": {
        "title": "Etiketten werden nicht gedruckt",
        "status": "wird untersucht",
        "impact": "kritisch",
        "components": "Etikettendruck und API",
        "update": "Seit 14:05 Uhr schlägt der Druck fehl. Wir prüfen die Warteschlange.",
        "technical": "Replika hängt, Failover läuft.",
        "next_update": "14:45 MEZ",
        "started": "14:05 MEZ",
        "resolved": "15:20 MEZ",
        "effect": "Etiketten kommen nicht aus dem Drucker.",
        "scope": "Alle Standorte in der EU.",
        "action": "Wir starten die Warteschlange neu.",
        "cause": "Eine Warteschlange ist voll gelaufen.",
        "technical_cause": "Broker voll nach Rebalancing.",
        "systems": "mq-3",
        "workaround": "PDF herunterladen und von Hand drucken.",
        "self_help": "Etiketten lassen sich auch als CSV einlesen.",
        "scheduled_for": "14. März 2026, 22:00 MEZ",
        "scheduled_until": "23:30 MEZ",
        "old_for": "12. März 2026, 22:00 MEZ",
        "old_until": "23:30 MEZ",
        "work": "Wir erneuern die Warteschlange.",
        "risk": "gering",
        "rollback": "Die alte Warteschlange steht bereit.",
        "reason": "Ein Ersatzteil kommt später.",
        "commitment": "Eine Gutschrift über eine Woche.",
        "outcome": "Sie steht auf Ihrer Rechnung für März.",
        "wrong_at": "14:20 MEZ",
        "question": "**Waren Sie zufrieden?**\n\n[1](https://merge.invalid/feedback?score=1)",
        "what": "Zugesagte Meldung",
        "due": "14:45 MEZ",
        "why": "Das ist Ihre Sache.",
        "duty_url": "https://merge.invalid/feedback",
        "incident_url": "",
        "organisation": "Sendelot",
    },
    "en": {
        "title": "Labels cannot be printed",
        "status": "investigating",
        "impact": "critical",
        "components": "Label printing and API",
        "update": "Since 14:05 printing has been failing. We are checking the queue.",
        "technical": "Replica stuck, failing over.",
        "next_update": "14:45 CET",
        "started": "14:05 CET",
        "resolved": "15:20 CET",
        "effect": "No labels come out of the printer.",
        "scope": "All sites in the EU.",
        "action": "We are restarting the queue.",
        "cause": "A queue has run full.",
        "technical_cause": "Broker full after rebalancing.",
        "systems": "mq-3",
        "workaround": "Download the PDF and print it by hand.",
        "self_help": "Labels can be imported as CSV too.",
        "scheduled_for": "14 March 2026, 22:00 CET",
        "scheduled_until": "23:30 CET",
        "old_for": "12 March 2026, 22:00 CET",
        "old_until": "23:30 CET",
        "work": "We replace the queue.",
        "risk": "low",
        "rollback": "The old queue stands by.",
        "reason": "A spare part comes later.",
        "commitment": "A credit for one week.",
        "outcome": "It is on your invoice for March.",
        "wrong_at": "14:20 CET",
        "question": "**Were you content?**\n\n[1](https://merge.invalid/feedback?score=1)",
        "what": "Promised update",
        "due": "14:45 CET",
        "why": "You answer for it.",
        "duty_url": "https://merge.invalid/feedback",
        "incident_url": "",
        "organisation": "Sendelot",
    },
}
SHEETS = list(library.sheets())
LINK = "https://status.sendelot.example/i/k7m2p9xw4t8q"
# An update of several sentences, and a page whose name is not short.
FAR = {"incident_url": LINK, "update": "Seit 14:05 wird nichts mehr gedruckt. " * 8}


def name_of(sheet: library.Sheet) -> str:
    return f"{sheet.language}-{sheet.stage}-{sheet.detail}"


every_sheet = pytest.mark.parametrize("sheet", SHEETS, ids=name_of)
for_customers = pytest.mark.parametrize(
    "sheet", [sheet for sheet in SHEETS if sheet.stage not in Template.DUTY], ids=name_of
)


def rendered(sheet: library.Sheet, **facts: str) -> rendering.Rendered:
    variant = TemplateVariant(
        language=sheet.language,
        detail=sheet.detail,
        subject=sheet.subject,
        body=sheet.body,
        sms_text=sheet.sms_text,
    )
    return rendering.render(variant, FACTS[sheet.language] | facts, "notice")


def received(sheet: library.Sheet) -> str:
    """As long as it is once it has its reader's own links."""
    text = rendered(sheet, **FAR).sms_text
    for field, token in FIELDS.items():
        text = text.replace(token, f"https://status.sendelot.example/{field[0]}/{'x' * 35}/")
    return text


def test_every_stage_has_its_words_in_both_languages() -> None:
    there = {(sheet.stage, sheet.language, sheet.detail) for sheet in SHEETS}

    assert there == {
        *itertools.product(PUBLIC_STAGES, ["de", "en"], ["public"]),
        *itertools.product(TECHNICAL_STAGES, ["de", "en"], ["technical"]),
    }


@every_sheet
def test_only_placeholders_that_exist_are_used(sheet: library.Sheet) -> None:
    for text in (sheet.subject, sheet.body, sheet.sms_text, sheet.short_text):
        placeholders.check(text, detail=sheet.detail, sure=placeholders.known_at(sheet.stage))


@every_sheet
def test_a_text_message_is_one_plain_sms_and_one_of_our_own_at_most_two(
    sheet: library.Sheet,
) -> None:
    text = received(sheet)

    assert set(text) <= GSM_7 - GSM_7_EXTENSION
    assert sms_units.segments(text) <= (2 if sheet.stage in Template.DUTY else 1), text


@for_customers
def test_a_text_message_has_the_link_to_its_page(sheet: library.Sheet) -> None:
    assert LINK in received(sheet) or sheet.stage in Template.ASKING


@for_customers
def test_with_its_way_out_a_text_message_is_at_most_two(sheet: library.Sheet, settings) -> None:
    settings.TWILIO_FROM = "Sendelot"

    text = received(sheet)

    assert "https://status.sendelot.example/u/" in text
    assert sms_units.segments(text) <= 2, text


@for_customers
def test_a_post_fits_and_asks_nothing_of_its_reader_alone(sheet: library.Sheet) -> None:
    is_post = sheet.detail == "public" and sheet.stage not in Template.ASKING
    text = posts.fill(sheet.short_text, FACTS[sheet.language] | FAR)

    assert bool(text) == is_post
    assert len(text) <= 280
    assert LINK in text or not is_post


@every_sheet
def test_the_source_of_a_text_message_needs_no_repair(sheet: library.Sheet) -> None:
    written = re.sub(r"{{.*?}}|{%.*?%}", "", sheet.sms_text)

    assert set(written) <= GSM_7 - GSM_7_EXTENSION


@every_sheet
def test_a_mail_greets_and_leaves_nothing_open(sheet: library.Sheet) -> None:
    mail = rendered(sheet)

    assert "xMERGEsalutationx" in mail.text
    assert not re.search(r"{[{%]|\*\*\s*\*\*|None", mail.text + mail.subject)
    assert FACTS[sheet.language]["title"] in mail.subject


@every_sheet
def test_a_mail_reads_well_when_little_is_known(sheet: library.Sheet) -> None:
    empty = dict.fromkeys(("update", "technical", "next_update", "effect", "workaround"), "")
    empty |= dict.fromkeys(("scope", "action", "cause", "technical_cause", "systems"), "")

    mail = rendered(sheet, **empty)

    assert not re.search(r"None|\*\*|:\s*$", mail.text.split("-- ")[0], re.MULTILINE), mail.text
    assert set(mail.sms_text.replace("https://merge.invalid/feedback", "")) <= GSM_7


@pytest.mark.parametrize("stage", [*INCIDENT_STAGES[:-1]])
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_promise_is_in_every_message_of_an_open_incident(stage: str, language: str) -> None:
    for sheet in SHEETS:
        if (sheet.stage, sheet.language) == (stage, language):
            mail = rendered(sheet)
            assert FACTS[language]["next_update"] in mail.text
            assert FACTS[language]["next_update"] in mail.sms_text


@every_sheet
def test_technical_words_reach_internal_readers_only(sheet: library.Sheet) -> None:
    said = FACTS[sheet.language]["technical"] in rendered(sheet).text

    assert said == (sheet.detail == "technical")


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_feedback_mail_holds_the_personal_link(language: str) -> None:
    (sheet,) = (s for s in SHEETS if (s.stage, s.language) == ("feedback", language))

    assert 'href="https://merge.invalid/feedback"' in rendered(sheet).html


@pytest.mark.django_db
def test_loading_the_library_again_keeps_what_somebody_made_their_own() -> None:
    assert library.load() == len(SHEETS)
    TemplateVariant.objects.filter(template__slug="update", language="de").update(subject="Unser")

    assert library.load() == 0

    assert TemplateVariant.objects.filter(subject="Unser").count() == 2
    assert Template.objects.get(slug="update").name == "Update"
