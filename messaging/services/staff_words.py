"""What our own people are told, in the words of the templates for it: editable like all others.

Nobody may stay uncalled because of a template: where it was deleted, or cannot be filled, the words
that come with the product are said instead.
"""

import logging
from collections.abc import Mapping, Sequence

from messaging.models import Template, TemplateVariant
from messaging.services import composition, library, placeholders, rendering
from messaging.services.letters import Words
from messaging.services.library import Sheet
from messaging.services.placeholders import BadTemplate

logger = logging.getLogger(__name__)


def words(
    *, stage: Template.Stage, language: str, facts: Mapping[str, str], button: str, url: str
) -> Words:
    """One letter with its button, filled with what is known; a text always has the `url`."""
    # What a letter is sure to say is never empty: then the shipped words can always be filled.
    sure = dict.fromkeys(placeholders.known_at(stage), "–")
    facts = sure | {name: value for name, value in facts.items() if value}
    kept = _kept(stage, language)
    found = {
        part: _said(part, [*kept, library.sheet(stage=stage, language=language)], facts)
        for part in ("subject", "body", "sms_text")
    }
    sms = found["sms_text"]
    return Words(
        subject=" ".join(found["subject"].split()),
        body=found["body"],
        button=button,
        url=url,
        sms_text=sms if url in sms else f"{sms} {url}".strip(),
    )


def _said(part: str, written: Sequence[TemplateVariant | Sheet], facts: Mapping[str, str]) -> str:
    """As the first of these has it that can be filled; the last one always can."""
    fill = rendering.fill_body if part == "body" else rendering.fill_line
    *others, shipped = written
    for one in others:
        source: str = getattr(one, part)
        try:
            if source.strip():
                return fill(source, facts)
        except BadTemplate as error:
            logger.warning("The %s of “%s” cannot be said: %s", part, one, error)
    return fill(getattr(shipped, part), facts)


def _kept(stage: str, language: str) -> list[TemplateVariant]:
    """The house's own words; those of the template that was delivered before a copy's."""
    found = TemplateVariant.objects.filter(template__stage=stage).select_related("template")
    by_template: dict[int, dict[tuple[str, str], TemplateVariant]] = {}
    for one in sorted(found, key=lambda one: (one.template.slug != stage, one.template_id)):
        by_template.setdefault(one.template_id, {})[one.language, one.detail] = one
    picked = (composition.pick(some, language, "public") for some in by_template.values())
    return [one for one in picked if one]
