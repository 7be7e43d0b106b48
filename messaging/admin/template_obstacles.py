"""What stands against deleting a template; the apps above put theirs there, too."""

from collections.abc import Callable, Collection, Iterable

from django.utils.translation import gettext as _

from messaging.models import Template
from messaging.services import templates

Look = Callable[[Collection[Template]], Iterable[str]]

_looks: list[Look] = []


def register(look: Look) -> None:
    """Ask also this one, which names what uses the templates."""
    _looks.append(look)


def against(chosen: Collection[Template]) -> list[str]:
    """What would lack these templates, in words; deleted is what has nothing against it."""
    return [words for look in _looks for words in look(chosen)]


def corrections(chosen: Collection[Template]) -> list[str]:
    if not templates.only_for_corrections(chosen):
        return []
    words = _(
        "Corrections go out by it: make another one for the stage “correction” first, such as a"
        " copy of it."
    )
    return [words]


register(corrections)
