"""What can be asked about a contact, and what each can be tested for."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences.fields import ATTRIBUTE_NAME, NAME_LENGTH

# Attributes come from files as texts and by hand as anything: what a test means is decided by the
# test, see attributes.py.
OF_TEXT = ("equals", "one_of", "contains", "exists")
OF_CHOICE = ("equals", "one_of")
OF_ATTRIBUTE = (*OF_TEXT, "before", "after", "less", "more")

_ATTRIBUTE = "attributes."


@dataclass(frozen=True)
class Column:
    """A field that is one of the database's columns."""

    # From a contact, as Django's lookups spell it.
    path: str
    label: Any
    operators: tuple[str, ...] = OF_TEXT

    @property
    def choices(self) -> dict[str, str]:
        """The words it can have, and how they read; none where it can be anything."""
        model: Any = apps.get_model("audiences", "Contact")
        *relations, name = self.path.split("__")
        for relation in relations:
            model = model._meta.get_field(relation).related_model
        choices = model._meta.get_field(name).flatchoices
        return {str(value): str(label) for value, label in choices}


COLUMNS = {
    "language": Column("language", gettext_lazy("language"), OF_CHOICE),
    "time_zone": Column("time_zone", gettext_lazy("time zone")),
    "account.name": Column("account__name", gettext_lazy("account name")),
    "account.kind": Column("account__kind", gettext_lazy("account kind"), OF_CHOICE),
    "account.tier": Column("account__tier", gettext_lazy("account tier"), OF_CHOICE),
    "account.external_id": Column("account__external_id", gettext_lazy("account's external id")),
    "account.manager": Column(
        "account__account_manager__username", gettext_lazy("account manager")
    ),
}


# A test asks in which they hear: a contact's own, else the account's, else ours.
HEARD = frozenset(("language", "time_zone"))


def attribute(field: str) -> str:
    """The name of the attribute that is meant; "" for everything else."""
    name = field.removeprefix(_ATTRIBUTE) if field.startswith(_ATTRIBUTE) else ""
    return name if len(name) <= NAME_LENGTH and ATTRIBUTE_NAME.fullmatch(name) else ""


def operators(field: str) -> tuple[str, ...]:
    """What it can be tested for; nothing for an unknown field."""
    if field in COLUMNS:
        return COLUMNS[field].operators
    return OF_ATTRIBUTE if attribute(field) else ()


def label(field: str) -> str:
    """How it is called in a sentence."""
    if field in COLUMNS:
        return str(COLUMNS[field].label)
    return _("attribute “%(name)s”") % {"name": attribute(field)}


def value_label(field: str, value: object) -> str:
    """How a value reads: the words of a choice, yes and no, or itself."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    choices = COLUMNS[field].choices if field in COLUMNS else {}
    return choices.get(str(value), str(value))
