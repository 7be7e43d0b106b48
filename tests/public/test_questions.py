"""What a question offers is checked before anybody is asked."""

import pytest
from django.core.exceptions import ValidationError

from tests.factories import QuestionFactory, SurveyVersionFactory

SMS = {"value": "sms", "label": {"en": "Text message"}}
EMAIL = {"value": "email", "label": {"en": "E-mail", "de": "E-Mail"}}


def check(db, choices, kind="choice"):
    QuestionFactory.build(version=SurveyVersionFactory(), kind=kind, choices=choices).full_clean()


def test_two_choices_are_enough(db):
    check(db, [SMS, EMAIL])


@pytest.mark.parametrize(
    "choices",
    [
        [],
        [SMS],
        [SMS, SMS],
        ["sms", "email"],
        {"sms": "Text message"},
        [SMS, {"value": "email"}],
        [SMS, {"value": 1, "label": {"en": "One"}}],
        [SMS, {"value": "", "label": {"en": "None"}}],
        [SMS, {"value": "x" * 81, "label": {"en": "Long"}}],
        [SMS, {"value": "email", "label": "E-mail"}],
        [SMS, {"value": "email", "label": {}}],
        [SMS, {"value": "email", "label": {"en": " "}}],
        [SMS, {"value": "email", "label": {"en": 1}}],
        [SMS, {"value": "email", "label": {"xx": "E-mail"}}],
        [SMS, EMAIL | {"more": 1}],
    ],
)
def test_choices_the_form_could_not_show_are_refused(db, choices):
    with pytest.raises(ValidationError) as refused:
        check(db, choices)

    assert "choices" in refused.value.message_dict


def test_only_a_choice_has_choices(db):
    with pytest.raises(ValidationError, match="Only a choice question"):
        check(db, [SMS, EMAIL], kind="csat")
