"""Model fields of JSON: texts in several languages, edited side by side; names with values."""

import math
import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from audiences import languages

# PostgreSQL stores no NUL, and half a surrogate is no text.
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
# That a rule can ask for: a path of SQLite's JSON names nothing with a quotation mark in it.
ATTRIBUTE_NAME = re.compile(r'[^"\x00-\x1f\x7f\ud800-\udfff]+')
# What a spreadsheet brings back as it was: a cell holds so much even where every character is
# escaped, a heading is 200 characters with "attributes." before the name, a file has 1,000 columns.
VALUE_LENGTH, NAME_LENGTH, NAMES = 4_000, 189, 900


def validate_texts(value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValidationError(_('Texts are given per language, for example {"en": "…"}.'))
    if unknown := sorted(set(value) - set(languages.codes())):
        raise ValidationError(_("Unknown language: %(codes)s."), params={"codes": unknown})


def validate_flat(value: Any) -> None:
    """A profile's attributes: a text, a number, or true and false for each name."""
    if not isinstance(value, dict):
        raise ValidationError(_('Attributes are given by name, for example {"city": "Köln"}.'))
    if len(value) > NAMES:
        raise ValidationError(
            _("There can be at most %(limit)s attributes."), params={"limit": NAMES}
        )
    for name, one in value.items():
        if fault := _fault(name, one):
            shown = UNSTORABLE.sub("�", name[:80])
            limits = {"value_length": VALUE_LENGTH, "name_length": NAME_LENGTH}
            raise ValidationError(fault, params={"name": shown, **limits})


def _fault(name: str, value: Any) -> Any:
    if not isinstance(value, str | int | float):
        return _("“%(name)s” needs a text, a number, true or false.")
    if UNSTORABLE.search(name) or (isinstance(value, str) and UNSTORABLE.search(value)):
        return _("“%(name)s” holds half a character, or a NUL: please type it again.")
    if not ATTRIBUTE_NAME.fullmatch(name):
        return _("“%(name)s” cannot be a name: leave out quotation marks and line breaks.")
    if len(name) > NAME_LENGTH:
        return _("“%(name)s…” is too long: a name has at most %(name_length)s characters.")
    if isinstance(value, str) and len(value) > VALUE_LENGTH:
        return _("“%(name)s” holds more than %(value_length)s characters: please shorten it.")
    if isinstance(value, int | float) and not _is_countable(value):
        return _("“%(name)s” needs a number of ordinary size.")
    return ""


def _is_countable(value: float) -> bool:
    """JSON knows neither infinity nor “not a number”, and a rule compares what a float can hold."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


class IsObject(models.Func):
    """Whether a column of JSON holds names with values, and no list and no lone value."""

    output_field = models.BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="(jsonb_typeof(%(expressions)s) = 'object')"
        )

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(JSON_TYPE(%(expressions)s) = 'object')")


class TextsWidget(forms.MultiWidget):
    template_name = "audiences/texts_widget.html"

    def __init__(self, widget: type[forms.Widget] = forms.Textarea, **attrs: Any) -> None:
        super().__init__({code: widget(attrs=attrs or None) for code in languages.codes()})

    def decompress(self, value: Any) -> list[str]:
        texts = value if isinstance(value, dict) else {}
        return [texts.get(code, "") for code in languages.codes()]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for subwidget, language in zip(
            context["widget"]["subwidgets"], settings.LANGUAGES, strict=True
        ):
            subwidget["code"], subwidget["language"] = language
        return context


class HiddenTexts(TextsWidget):
    """What a page showed, sent along with it."""

    template_name = "django/forms/widgets/multiwidget.html"

    def __init__(self) -> None:
        super().__init__(forms.HiddenInput)


class TextsFormField(forms.MultiValueField):
    """One input per language; at least one of them filled in when the field is required."""

    widget = TextsWidget
    hidden_widget = HiddenTexts

    def __init__(self, *, widget: Any = None, **kwargs: Any) -> None:
        kwargs.pop("encoder", None)
        kwargs.pop("decoder", None)
        fields = [forms.CharField(required=False) for _code in languages.codes()]
        super().__init__(fields, require_all_fields=False, widget=widget or TextsWidget(), **kwargs)

    def clean(self, value: Any) -> dict[str, str]:
        texts: dict[str, str] = super().clean(value)
        if self.required and not texts:
            # The inherited check takes a lone space for a text.
            raise ValidationError(self.error_messages["required"], code="required")
        return texts

    def compress(self, data_list: list[str]) -> dict[str, str]:
        texts = zip(languages.codes(), data_list or [], strict=False)
        return {code: text for code, text in texts if text}


class TextsField(models.JSONField):
    """{"de": "…", "en": "…"}: one text in as many languages as there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)
        self.validators = [*self.validators, validate_texts]

    def formfield(self, **kwargs: Any) -> Any:
        # The admin offers the widget it has for JSON: only one of ours shows the languages.
        if not isinstance(kwargs.get("widget"), TextsWidget):
            kwargs.pop("widget", None)
        kwargs["show_hidden_initial"] = False
        return models.Field.formfield(self, form_class=TextsFormField, **kwargs)
