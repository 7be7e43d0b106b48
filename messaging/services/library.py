"""The texts that come with the product: one file per stage and language, as a translator edits it.

messaging/library/<language>/<stage>.md is the public variant, <stage>.technical.md the one for
internal readers. A file begins with its `Subject:` and `SMS:` lines, a public one also with
`Short:`, for a post; after an empty line follows the Markdown body.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db import transaction
from django.utils.translation import override

from audiences import languages
from audiences.models import Detail
from messaging.models import WORDS, Template, TemplateVariant

FOLDER = Path(__file__).resolve().parent.parent / "library"


class BadSheet(ValueError):
    """A file of the library lacks a part; the message names both."""


@dataclass(frozen=True)
class Sheet:
    """One file: the words of one stage in one language at one detail level."""

    stage: str
    language: str
    detail: str
    subject: str
    sms_text: str
    short_text: str
    body: str


@transaction.atomic
def load() -> int:
    """Create the templates and variants that are missing; returns how many variants.

    What is there already stays as it is: somebody may have made it their own.
    """
    created = 0
    for sheet in sheets():
        template, _is_new = Template.objects.get_or_create(
            slug=sheet.stage, defaults={"name": _name(sheet.stage), "stage": sheet.stage}
        )
        _variant, is_new = TemplateVariant.objects.get_or_create(
            template=template,
            language=sheet.language,
            detail=sheet.detail,
            defaults={name: getattr(sheet, name) for name in WORDS},
        )
        created += is_new
    return created


def sheets() -> Iterator[Sheet]:
    """Every file of the library.

    :raises BadSheet: a file has no subject, SMS text or body.
    """
    for language in languages.codes():
        for path in sorted((FOLDER / language).glob("*.md")):
            yield _read(path, language)


@cache
def sheet(*, stage: str, language: str) -> Sheet:
    """The public words of a stage as they come with the product.

    :raises BadSheet: see sheets().
    """
    return _read(FOLDER / language / f"{stage}.md", language)


def statement(*, stage: str, language: str) -> str:
    """What those say where nobody has written: the paragraph that gives way to an update.

    :raises BadSheet: the stage has none; only what goes out with a step needs one.
    """
    paragraphs = sheet(stage=stage, language=language).body.split("\n\n")
    if found := next((one for one in paragraphs if "{{ update }}" in one), ""):
        return found
    raise BadSheet(f"{language}/{stage}.md has no words for what nobody has written.")


def _read(path: Path, language: str) -> Sheet:
    stage, _dot, detail = path.stem.partition(".")
    head, _gap, body = path.read_text(encoding="utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    for name, text in {
        "Subject": fields.get("Subject"),
        "SMS": fields.get("SMS"),
        "body": body,
    }.items():
        if not text:
            raise BadSheet(f"{language}/{path.name} has no {name}.")
    return Sheet(
        stage=Template.Stage(stage).value,
        language=language,
        detail=Detail(detail or Detail.PUBLIC).value,
        subject=fields["Subject"],
        sms_text=fields["SMS"],
        short_text=fields.get("Short", ""),
        body=body,
    )


def _name(stage: str) -> str:
    with override("en"):
        return str(Template.Stage(stage).label).capitalize()
