"""What the interface says: as its sources have it, and as the German catalogues have it."""

import ast
import gettext
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize
from django.utils.translation.trans_real import translation

# A context or None, and the text; a text that counts has two forms.
Key = tuple[str | None, str | tuple[str, ...]]

_CALLS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


def said(paths: Iterable[Path]) -> set[Key]:
    """Every text that is marked for translation in Python files and templates."""
    return {key for path in paths for key in _marked(path)}


def _marked(path: Path) -> Iterator[Key]:
    if path.suffix not in {".py", ".html", ".txt"}:
        return
    source = path.read_text(encoding="utf-8")
    if "_(" not in source and "trans" not in source:
        return
    if path.suffix != ".py":
        # As makemessages does it; what is left of the indentation is no Python's.
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    for _line, text, _comments, context in extract("python", BytesIO(source.encode()), _CALLS):
        yield context, text


def called(path: Path) -> set[str]:
    """Every text that Python itself hands to gettext, wherever and under whatever name."""
    source = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        alias.asname or alias.name: _CALLS[alias.name]
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in _CALLS
    }
    return {
        text
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and (name := _name(node.func)) in names
        for text in _texts(node.args, names[name])
    }


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _texts(given: list[ast.expr], places: object) -> Iterator[str]:
    numbers = places or (1,)
    for number in (one for one in numbers if isinstance(one, int)):
        # Something else than a literal is a text from elsewhere.
        if isinstance(text := getattr(given[number - 1], "value", None), str):
            yield text


def entries(po: Path) -> list[Message]:
    return [entry for entry in _read(po) if entry.id]


def obsolete(po: Path) -> list[Message]:
    return list(_read(po).obsolete.values())


def _read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale="de")


def key(entry: Message) -> Key:
    return entry.context, entry.id


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def compiled_name(key: Key) -> str:
    context, text = key
    return "\x04".join(filter(None, (context, forms(text)[0])))


def compiled(mo: Path) -> dict[object, str]:
    """What Django loads, by gettext's own keys."""
    with mo.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    return {key: text for key, text in catalogue.items() if key}


def as_compiled(po: Path) -> dict[object, str]:
    """What should be there, by the same keys."""
    wanted: dict[object, str] = {}
    for entry in entries(po):
        name = compiled_name(key(entry))
        if isinstance(entry.id, str):
            wanted[name] = entry.string
        else:
            wanted |= {(name, number): text for number, text in enumerate(entry.string)}
    return wanted


def loaded() -> set[str]:
    """What Django can say in German, the libraries' own catalogues included."""
    names = translation("de")._catalog.keys()
    return {name if isinstance(name, str) else name[0] for name in names}
