"""What our own people are told, in the words of the templates for it: editable like all others.

Nobody may stay uncalled because of a template: where it was deleted, or cannot be filled, the words
that come with the product are said instead.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging.models import Template, TemplateVariant
from messaging.services import composition, library, placeholders, rendering
from messaging.services.letters import Words
from messaging.services.library import Sheet
from messaging.services.placeholders import BadTemplate

logger = logging.getLogger(__name__)
Stage: TypeAlias = Template.Stage
# All that is known when somebody is called.
FACTS = frozenset(
    ("what", "title", "due", "why", "instructions", "can_reply", "organisation", "duty_url")
)
_ASKS_BACK = {Stage.DUTY_REMINDER, Stage.DUTY_CALL, Stage.DUTY_APPROVAL, Stage.DUTY_REVIEW}
_PARTS = ("subject", "body", "sms_text")


def words(*, stage: Stage, language: str, facts: Mapping[str, str], url: str) -> Words:
    """One letter with its button, filled with what is known; a text always has the `url`.

    A `mark` among the facts stands before everything, whatever the house's own words are.
    """
    shipped = library.sheet(stage=stage, language=language)
    written: list[TemplateVariant | Sheet] = [*_kept(stage, language), shipped]
    known = _known(stage, facts, url)
    said = {part: _said(part, written, known) for part in _PARTS}
    for part in ("subject", "sms_text"):
        said[part] = rendering.marked(facts.get("mark", ""), said[part])
    return _letter(stage, language, said, url)


def of_variant(*, variant: TemplateVariant, facts: Mapping[str, str], url: str) -> Words:
    """What a letter says in these words; in the shipped ones where nothing is written.

    :raises BadTemplate: it needs what is not there: then a letter says the shipped words.
    """
    stage, language = Stage(variant.template.stage), variant.language
    shipped, known = library.sheet(stage=stage, language=language), _known(stage, facts, url)
    said = {
        part: _fill(part, variant if getattr(variant, part).strip() else shipped, known)
        for part in _PARTS
    }
    return _letter(stage, language, said, url)


def _known(stage: Stage, facts: Mapping[str, str], url: str) -> dict[str, str]:
    # What a letter is sure to say is never empty: then the shipped words can always be filled.
    sure = dict.fromkeys(placeholders.known_at(stage), "–")
    given = {**facts, "organisation": settings.ORGANISATION_NAME, "duty_url": url}
    return sure | {name: given[name] for name in FACTS if given.get(name)}


def _letter(stage: Stage, language: str, said: Mapping[str, str], url: str) -> Words:
    with override(language):
        button = _("Answer now") if stage in _ASKS_BACK else _("To the incident room")
    sms = said["sms_text"]
    return Words(
        subject=" ".join(said["subject"].split()),
        body=said["body"],
        button=button,
        url=url,
        sms_text=sms if url in sms else f"{sms} {url}".strip(),
    )


def _said(part: str, written: Sequence[TemplateVariant | Sheet], facts: Mapping[str, str]) -> str:
    """As the first of these has it that can be filled; the last one always can."""
    *others, shipped = written
    for one in others:
        try:
            if getattr(one, part).strip():
                return _fill(part, one, facts)
        except BadTemplate as error:
            logger.warning("The %s of “%s” cannot be said: %s", part, one, error)
    return _fill(part, shipped, facts)


def _fill(part: str, written: TemplateVariant | Sheet, facts: Mapping[str, str]) -> str:
    fill = rendering.fill_body if part == "body" else rendering.fill_line
    return fill(getattr(written, part), facts)


def _kept(stage: str, language: str) -> list[TemplateVariant]:
    """The house's own words; those of the template that was delivered before a copy's."""
    found = TemplateVariant.objects.filter(template__stage=stage).select_related("template")
    by_template: dict[int, dict[tuple[str, str], TemplateVariant]] = {}
    for one in sorted(found, key=lambda one: (one.template.slug != stage, one.template_id)):
        by_template.setdefault(one.template_id, {})[one.language, one.detail] = one
    picked = (composition.pick(some, language, "public") for some in by_template.values())
    return [one for one in picked if one]
