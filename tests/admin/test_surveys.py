"""Surveys in the admin: typed in words, put in order, tried out, activated."""

import pytest
from django.test import Client
from django.urls import reverse

from feedback.admin import spoken_choices
from feedback.models import Question, Response, Survey, SurveyVersion
from feedback.services import versions
from tests.factories import (
    NOON,
    PlanStepFactory,
    QuestionFactory,
    SurveyVersionFactory,
)
from tests.pages import form_on

Status = SurveyVersion.Status
CHOICE = {"kind": "choice", "choices_de": "E-Mail\nSMS", "choices_en": "E-mail\nText message"}
WHY = {"kind": "text", "after": "Text message", "text_en": "Why?"}


def page(name: str, *args: int) -> str:
    return reverse(f"admin:feedback_surveyversion_{name}", args=args)


def sent(*questions: dict[str, str], **fields: str) -> dict[str, str]:
    found = {"title_en": "How was it?", "open_days": "7", **fields}
    found |= {"questions-TOTAL_FORMS": str(len(questions)), "questions-INITIAL_FORMS": "0"}
    for number, question in enumerate(questions):
        typed = {"text_en": f"Question {number}", "position": str(number), **question}
        found |= {f"questions-{number}-{name}": value for name, value in typed.items()}
    return found


def test_a_survey_is_typed_in_words(lead_client: Client) -> None:
    lead_client.post(page("add"), sent(CHOICE, WHY, slug="mine"))

    version = SurveyVersion.objects.get()
    assert (version.survey.slug, version.status, version.open_days) == ("mine", Status.DRAFT, 7)
    choice, why = version.questions.order_by("position")
    assert choice.choices == [
        {"value": "e-mail", "label": {"de": "E-Mail", "en": "E-mail"}},
        {"value": "text-message", "label": {"de": "SMS", "en": "Text message"}},
    ]
    assert why.after == ["text-message"]


def test_a_question_that_is_added_below_the_others_is_asked_after_them(lead_client: Client) -> None:
    draft = SurveyVersionFactory(status=Status.DRAFT)
    for position, text in enumerate(("First", "Second")):
        QuestionFactory(version=draft, kind="yes_no", position=position, text={"en": text})
    fields = form_on(lead_client.get(page("change", draft.pk)).content.decode())
    new = {
        name.replace("__prefix__", "2"): typed
        for name, typed in fields.items()
        if name.startswith("questions-__prefix__-")
    }
    new |= {"questions-2-kind": ["text"], "questions-2-text_en": ["Why?"]}
    new |= {"questions-2-after": ["no"]}

    lead_client.post(page("change", draft.pk), fields | new | {"questions-TOTAL_FORMS": ["3"]})

    asked = [str(one) for one in draft.questions.order_by("position", "pk")]
    assert asked == ["First", "Second", "Why?"]


@pytest.mark.parametrize(
    ("questions", "field", "words"),
    [
        ([CHOICE | {"choices_en": "E-mail"}], "choices", "as many lines in each language"),
        ([WHY], "after", "Put it below a question"),
        ([{"kind": "text"}, WHY], "after", "Put it below a question"),
        ([CHOICE, WHY | {"after": "Fax"}], "after", "cannot be answered with “Fax”"),
        ([{"kind": "nps"}, WHY | {"after": "0-11"}], "after", "cannot be answered with “0-11”"),
    ],
)
def test_what_does_not_fit_is_said_at_its_question(
    lead_client: Client, questions: list[dict[str, str]], field: str, words: str
) -> None:
    answer = lead_client.post(page("add"), sent(*questions, slug="mine"))

    errors = answer.context["inline_admin_formsets"][0].formset.errors[-1]
    assert words in errors[field][0]
    assert not Survey.objects.exists()


@pytest.mark.parametrize(
    ("kind", "typed", "values"),
    [
        ("csat", "1–2", ["1", "2"]),
        ("nps", "0-2; 10", ["0", "1", "2", "10"]),
        ("csat", "Sehr zufrieden", ["5"]),
        ("yes_no", "nein", ["no"]),
    ],
)
def test_a_condition_is_understood_in_either_language(
    lead_client: Client, kind: str, typed: str, values: list[str]
) -> None:
    lead_client.post(page("add"), sent({"kind": kind}, WHY | {"after": typed}, slug="mine"))

    assert Question.objects.get(kind="text").after == values


def test_a_draft_is_saved_as_it_was_shown_and_keeps_what_answers_are_stored_by(
    lead_client: Client,
) -> None:
    labels = ({"de": "Ja, sehr", "en": "Yes, very"}, {"de": "Nein", "en": "No"})
    choices = [{"value": f"v{at}", "label": label} for at, label in enumerate(labels)]
    draft = SurveyVersionFactory(status=Status.DRAFT)
    QuestionFactory(version=draft, kind="choice", choices=choices)
    QuestionFactory(version=draft, kind="text", position=1, after=["v0"])
    shown = ("pk", "kind", "text", "choices", "after")
    before = list(draft.questions.order_by("pk").values_list(*shown))

    fields = form_on(lead_client.get(page("change", draft.pk)).content.decode())
    fields["questions-1-text_en"] = ["How satisfied are you?"]
    lead_client.post(page("change", draft.pk), fields | {"title_en": ["Changed"]})

    draft.refresh_from_db()
    assert draft.title["en"] == "Changed"
    assert list(draft.questions.order_by("pk").values_list(*shown)) == before


def test_a_new_choice_never_takes_the_value_of_another_ones_answers() -> None:
    before = [{"value": "c", "label": {"en": "C"}}, {"value": "choice", "label": {"en": "👍"}}]

    found = spoken_choices.read({"en": "C++\nC\n❤\nC"}, before)

    assert [one["value"] for one in found] == ["c-2", "c", "choice-2", "c-3"]


def test_what_customers_are_asked_is_read_and_not_edited(
    lead_client: Client, answered: Response
) -> None:
    version = answered.invitation.version
    words = lead_client.get(page("change", version.pk)).content.decode()

    refused = lead_client.post(page("change", version.pk), sent(), follow=True)

    assert "How satisfied are you?" in words
    assert "questions-TOTAL_FORMS" not in words
    assert "make a new version of the survey" in refused.content.decode()
    version.refresh_from_db()
    assert version.title["en"] == "How did we do?"


def test_a_new_version_is_made_tried_out_and_activated(
    lead_client: Client, answered: Response
) -> None:
    before = answered.invitation.version
    made = lead_client.post(page("revise", before.pk), follow=True)
    draft = SurveyVersion.objects.get(status=Status.DRAFT)
    assert made.redirect_chain[-1][0] == page("change", draft.pk)

    preview = lead_client.get(page("preview", draft.pk), follow=True).request["PATH_INFO"]
    tried = lead_client.post(preview, {f"q{draft.questions.get().pk}": "1"})
    assert "This is a preview: nothing was stored." in tried.content.decode()
    assert Response.objects.count() == 1

    confirm = lead_client.get(page("activate", draft.pk)).content.decode()
    lead_client.post(page("activate", draft.pk))

    assert "Version 1 is retired; its answers keep its questions." in confirm
    assert "1 invitation that is still open" in confirm
    draft.refresh_from_db()
    assert draft.status == Status.ACTIVE


def test_a_draft_says_which_question_a_condition_is_about(lead_client: Client) -> None:
    draft = QuestionFactory(version__status=Status.DRAFT, text={"en": "How was it?"}).version
    QuestionFactory(version=draft, kind="yes_no", position=1, text={"en": "In time?"})
    QuestionFactory(version=draft, kind="text", position=2, after=["no"], text={"en": "Why?"})

    words = lead_client.get(page("change", draft.pk)).content.decode()

    assert "“Why?” is asked only after “In time?”: No" in words


def test_what_is_wrong_with_a_draft_is_said_before_it_is_activated(lead_client: Client) -> None:
    draft = SurveyVersionFactory(status=Status.DRAFT)

    words = lead_client.get(page("activate", draft.pk)).content.decode()
    lead_client.post(page("activate", draft.pk))

    assert "It asks nothing yet: add a question." in words
    draft.refresh_from_db()
    assert draft.is_draft


def test_what_some_readers_get_in_another_language_is_said_before_it_is_activated(
    lead_client: Client,
) -> None:
    draft = SurveyVersionFactory(status=Status.DRAFT, title={"de": "Wie war es?", "en": "How?"})
    QuestionFactory(version=draft, kind="yes_no", text={"de": "Kam es früh?"})
    labels = [{"de": "Ja", "en": "Yes"}, {"de": "Nein"}]
    choices = [{"value": f"v{at}", "label": label} for at, label in enumerate(labels)]
    both = {"de": "Welcher Kanal?", "en": "Which channel?"}
    QuestionFactory(version=draft, kind="choice", position=1, choices=choices, text=both)

    words = lead_client.get(page("activate", draft.pk)).content.decode()

    assert "“Kam es früh?” is missing in: en." in words
    assert "“Which channel?” is missing in: en." in words
    assert words.count("is missing in:") == 2


def test_somebody_who_saves_a_draft_that_was_activated_meanwhile_changes_nothing(
    lead_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = QuestionFactory(version__status=Status.DRAFT).version
    fields = form_on(lead_client.get(page("change", draft.pk)).content.decode())
    hold = versions.hold

    def activated_just_before(*, draft: SurveyVersion) -> None:
        SurveyVersion.objects.update(status=Status.ACTIVE, activated_at=NOON)
        hold(draft=draft)

    monkeypatch.setattr(versions, "hold", activated_just_before)
    said = lead_client.post(
        page("change", draft.pk), fields | {"title_en": ["Changed"]}, follow=True
    )

    draft.refresh_from_db()
    assert "make a new version of the survey" in said.content.decode()
    assert draft.title["en"] == "How did we do?"


def test_a_survey_that_a_plan_asks_is_not_deleted_with_its_draft(lead_client: Client) -> None:
    draft = SurveyVersionFactory(status=Status.DRAFT)
    PlanStepFactory(name="Ask them", survey=draft.survey)

    words = lead_client.get(page("delete", draft.pk)).content.decode()

    assert "Ask them" in words
    lead_client.post(page("delete", draft.pk), {"post": "yes"})
    assert SurveyVersion.objects.exists()
