"""The check reads a draft as its reader would, and says what is missing and what does not belong.

Rules, not a model: each finding can be explained and argued with. It advises; a plan may make a
rule binding.
"""

from messaging.check import languages, leaks, missing, next_word, technical, times, tone, truth
from messaging.check.draft import Draft, Finding, Level
from messaging.check.reading import Reading
from messaging.check.rule import Rule

__all__ = ["RULES", "Draft", "Finding", "Level", "Rule", "read"]

RULES: dict[str, Rule] = {
    rule.slug: rule
    for module in (next_word, missing, truth, times, tone, leaks, technical)
    for rule in module.RULES
}


def read(draft: Draft) -> list[Finding]:
    """What a careful reader would say: what must be mended first, then in the order of the text.

    Nothing about an empty text, and nothing about a language that the check has not been taught.
    """
    if not draft.text.strip() or not languages.is_known(draft.language):
        return []
    reading = Reading(draft)
    found = [finding for rule in RULES.values() for finding in rule.ask(reading)]
    return sorted(found, key=lambda finding: (finding.level == Level.SHOULD, finding.start))
