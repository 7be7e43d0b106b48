from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audiences.fields import TextsField


class WrittenFacts(models.Model):
    """What people write down about an incident once; every message says it in its own way.

    All but `INTERNAL_FACTS` is for customers.
    """

    effect = TextsField(
        _("what customers notice"), blank=True, help_text=_("One sentence, in their words.")
    )
    scope = TextsField(
        _("who is affected"),
        blank=True,
        help_text=_("Such as: customers in the EU, about a third of all logins. And who is not."),
    )
    action = TextsField(_("what we do about it"), blank=True)
    workaround = TextsField(_("workaround"), blank=True)
    cause = TextsField(
        pgettext_lazy("of an incident", "cause"),
        blank=True,
        help_text=_("In plain words. Nobody is told as long as the status is “investigating”."),
    )
    technical_cause = TextsField(
        _("technical cause"), blank=True, help_text=_("For internal readers only.")
    )
    systems = TextsField(
        _("systems behind it"),
        blank=True,
        help_text=_("Names of machines and programs, with commas. For internal readers only."),
    )

    class Meta:
        abstract = True


# The fields of WrittenFacts, in the order in which one tells them.
FACTS = ("effect", "scope", "action", "workaround", "cause", "technical_cause", "systems")
INTERNAL_FACTS = ("technical_cause", "systems")
PUBLIC_FACTS = tuple(name for name in FACTS if name not in INTERNAL_FACTS)

# Texts per language, by the name of a fact.
Known = Mapping[str, Mapping[str, str]]


def field_of(name: str) -> TextsField:
    field = WrittenFacts._meta.get_field(name)
    assert isinstance(field, TextsField), "facts are texts per language"
    return field


def facts_of(incident: WrittenFacts, names: tuple[str, ...] = FACTS) -> Known:
    return {name: getattr(incident, name) for name in names}


def changed(incident: WrittenFacts, known: Known) -> dict[str, dict[str, str]]:
    """Those that are not as the incident has them."""
    return {name: dict(texts) for name, texts in known.items() if texts != getattr(incident, name)}
