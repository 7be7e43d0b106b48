"""What a template may say, what is refused on save, and what stops a message at sending."""

import pytest

from audiences.models import Detail
from incidents.models.facts import FACTS, INTERNAL_FACTS
from messaging.services import insertable, library, placeholders, posts


def test_what_is_missing_stops_the_message() -> None:
    with pytest.raises(
        placeholders.BadTemplate, match=r"Line 2, column 7: there is no {{ workaround }}"
    ):
        placeholders.fill("Dear\n   {{ workaround }},", {"title": "Sign-in", "workaround": " "})


def test_what_is_asked_for_first_may_be_missing() -> None:
    source = "{{ title }}{% if workaround %}: {{ workaround }}{% endif %}"
    assert placeholders.fill(source, {"title": "Sign-in", "workaround": ""}) == "Sign-in"


def test_a_default_stands_in_for_what_is_missing() -> None:
    source = "{{ components | default: 'our service' }}"
    assert placeholders.fill(source, {"components": ""}) == "our service"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("a\n {{ titel }}", "Line 2, column 5: no {{ titel }} here"),
        ("{{ title }}\n{{ workaround }}", "Line 2, column 4: {{ workaround }} may be empty"),
        ("{% if effect %}{{ components }}{% endif %}", "{{ components }} may be empty"),
        (
            "{% if effect %}{{ effect }}{% else %}{{ components }}{% endif %}",
            "{{ components }} may",
        ),
        ("a\n{% if impact %}b{% unless scope %}c", "Line 2, column 20: {% unless %} is not closed"),
        ("{{ title | upcase | shout }}", "Line 1, column 21: there is no such filter"),
        ("{% for a in title %}{% endfor %}", "Line 1, column 4: {% for %} cannot stand here"),
        ("a\nb {{ title ", "Line 2, column 3: {{ is not closed"),
        ("{{ title title }}", "Line 1, column 10: what stands between the braces cannot be read"),
        ("{{ title }}\nb {{ title | }} {{ impact | }}", "Line 2, column 3: what stands"),
        ("{% if title %}", "endif"),
    ],
)
def test_what_would_fail_at_night_is_refused_on_save(source: str, complaint: str) -> None:
    with pytest.raises(placeholders.BadTemplate) as refused:
        placeholders.check(source)
    assert complaint in str(refused.value)


@pytest.mark.parametrize("name", sorted(placeholders.INTERNAL))
def test_internal_words_are_refused_in_public_variants_only(name: str) -> None:
    source = f"We know why.\n{{% if {name} %}}{{{{ {name} }}}}{{% endif %}}"
    placeholders.check(source, detail=Detail.TECHNICAL)
    with pytest.raises(placeholders.BadTemplate, match=rf"Line 2, column \d+: no {{{{ {name} }}}}"):
        placeholders.check(source, detail=Detail.PUBLIC)


def test_each_written_fact_can_be_inserted_and_the_internal_ones_stay_inside() -> None:
    assert set(FACTS) <= placeholders.FACTS
    assert set(INTERNAL_FACTS) == set(FACTS) & placeholders.INTERNAL


@pytest.mark.parametrize("name", sorted(placeholders.INTERNAL))
def test_what_is_internal_is_never_posted(name: str) -> None:
    with pytest.raises(placeholders.BadTemplate, match="there is no"):
        posts.fill(f"{{{{ {name} }}}}", {name: "Session store 2"})


@pytest.mark.parametrize(
    "sheet", [*library.sheets()], ids=lambda s: f"{s.language}-{s.stage}-{s.detail}"
)
def test_every_shipped_text_can_be_said_whatever_is_missing(sheet: library.Sheet) -> None:
    for source in (sheet.subject, sheet.sms_text, sheet.body):
        sure = placeholders.known_at(sheet.stage)
        placeholders.check(source, detail=sheet.detail, sure=sure)


def test_everything_that_can_be_inserted_is_explained() -> None:
    shown = insertable.all_of_them()

    assert {one.name for one in shown} == placeholders.insertable(detail=Detail.TECHNICAL)
    assert {one.name for one in shown if one.is_internal} == placeholders.INTERNAL
    assert [one.sure_at for one in shown if one.name == "old_for"] == [["moved", "extended"]]
    assert "feedback" not in next(one.sure_at for one in shown if one.name == "update")


def test_a_wrong_name_comes_with_the_one_that_was_probably_meant():
    with pytest.raises(placeholders.BadTemplate, match=r"Did you mean {{ next_update }}\?"):
        placeholders.check("{{ nextupdate }}")
    with pytest.raises(placeholders.BadTemplate) as nothing_like_it:
        placeholders.check("{{ customer_number }}")
    assert "Did you mean" not in str(nothing_like_it.value)
