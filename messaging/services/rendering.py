"""A template variant and an incident's facts become what one language and detail level reads."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from audiences import languages
from audiences.models import Detail
from messaging import merging
from messaging.models import TemplateVariant
from messaging.services import mail_styles, markdown, opt_out, placeholders, plain_text
from messaging.services.brand import PLAIN, Design

# Facts that people wrote as Markdown; all others stand for themselves.
_WRITTEN = frozenset(
    (
        *("update", "technical", "effect", "scope", "action", "workaround", "cause"),
        *("technical_cause", "self_help", "commitment", "outcome", "instructions", "question"),
    )
)
# What word processors write, as GSM-7 has it: one other character halves what an SMS holds.
_GSM_SAFE = {
    ord(written): plain
    for plain, all_written in {
        '"': "“”„‟«»″",
        "'": "‘’‚‛‹›′´`",
        "-": "–—‐‑‒―−•",
        " ": "\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f",
        "": "\u00ad\u200b\u2060\ufeff",
        "...": "…",
        "->": "→",
    }.items()
    for written in all_written
}
# Twilio refuses more than 1,600 characters (error 21617); links of the reader's own come on top.
_LONGEST_SMS = 1_400


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str
    sms_text: str


def to_html(source: str) -> str:
    """Markdown by a manager as HTML that is safe to show."""
    return markdown.to_html(source)


def size_in_mail(source: str) -> int:
    """The octets that a text becomes in a mail's HTML, where tables are many times as long."""
    return len(mail_styles.styled(markdown.to_html(source)).encode())


def fill_statement(source: str, facts: Mapping[str, str]) -> str:
    """Put facts into a plan's pre-approved statement, which everybody reads; it is Markdown.

    :raises BadTemplate: unknown placeholder or syntax error.
    """
    return placeholders.fill(source, _for_markdown(placeholders.public(facts)))


def fill_body(source: str, facts: Mapping[str, str]) -> str:
    """A letter's Markdown, with its merge fields still open.

    :raises BadTemplate: it needs something that is not there.
    """
    return placeholders.fill(source, _for_markdown(facts) | merging.FIELDS)


def fill_line(source: str, facts: Mapping[str, str]) -> str:
    """The same for a subject or a text message.

    :raises BadTemplate: it needs something that is not there.
    """
    return _gsm_safe(placeholders.fill(source, _plain(facts) | merging.FIELDS)).strip()


def filled(variant: TemplateVariant, facts: Mapping[str, str]) -> list[str]:
    """What a public variant says before it is laid out: subject, Markdown, text message.

    :raises BadTemplate: it needs something that is not there.
    """
    known = placeholders.public(facts)
    return [
        fill_line(variant.subject, known),
        fill_body(variant.body, known),
        brief(variant.sms_text, known),
    ]


def render(
    variant: TemplateVariant, facts: Mapping[str, str], purpose: str, design: Design = PLAIN
) -> Rendered:
    """Fill, convert and lay out one variant; only the merge fields stay open.

    :raises BadTemplate: the template needs something that is not there.
    """
    if variant.detail == Detail.PUBLIC:
        facts = placeholders.public(facts)
    plain = _plain(facts) | merging.FIELDS
    body = placeholders.fill(variant.body, _for_markdown(facts) | merging.FIELDS)
    mark = facts.get("mark", "")
    subject = marked(mark, " ".join(placeholders.fill(variant.subject, plain).split()))[:300]
    context = {
        "subject": subject,
        "language": variant.language,
        "incident_url": facts.get("incident_url", ""),
        "organisation": settings.ORGANISATION_NAME,
        "unsubscribe_url": merging.FIELDS["unsubscribe_url"],
        "preferences_url": merging.FIELDS["preferences_url"],
        "purpose": purpose,
        "mark": mark,
        "design": design,
        "imprint": languages.pick(design.imprint, variant.language),
    }
    said = plain_text.to_text(body)
    shown = mail_styles.styled(markdown.to_html(body))
    with override(variant.language):
        html = render_to_string(
            "messaging/mail.html", context | {"body": shown, "preheader": _preheader(said)}
        )
        text = render_to_string("messaging/mail.txt", context | {"body": said})
    sms_text = _cut(_gsm_safe(brief(variant.sms_text, facts)), facts)
    return Rendered(
        subject,
        re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html,
        opt_out.with_way_out(sms_text, language=variant.language),
    )


def brief(source: str, facts: Mapping[str, str]) -> str:
    """A template of few words, filled; every character counts, so a link is as short as it can be.

    :raises BadTemplate: it needs something that is not there.
    """
    known = _plain({**facts, "incident_url": _link(facts)}) | merging.FIELDS
    text = placeholders.fill(source, known).strip()
    return marked(facts.get("mark", ""), text) if text else ""


def _link(facts: Mapping[str, str]) -> str:
    return facts.get("short_url") or facts.get("incident_url", "")


def _cut(text: str, facts: Mapping[str, str]) -> str:
    """What would be refused for everybody goes out as far as it can, with where to read on."""
    if len(text) <= _LONGEST_SMS:
        return text
    return f"{text[:_LONGEST_SMS].rsplit(maxsplit=1)[0]}... {_link(facts)}".strip()


def _preheader(text: str) -> str:
    """What a list of mails shows beside the subject: the first words that all readers share.

    The whole paragraph, since a time that is cut off could not be said in another zone.
    """
    paragraphs = (" ".join(one.split()) for one in text.split("\n\n"))
    shared = (one for one in paragraphs if not any(f in one for f in merging.FIELDS.values()))
    return next((one for one in shared if one), "")


def _gsm_safe(text: str) -> str:
    """An umlaut may come as two characters, a letter and its dots: GSM-7 knows it as one."""
    return unicodedata.normalize("NFC", text).translate(_GSM_SAFE)


def marked(mark: str, text: str) -> str:
    """Nobody takes a rehearsal for the real thing, on whatever small screen it is read."""
    return f"[{mark.upper()}] {text}" if mark else text


def _plain(facts: Mapping[str, str]) -> dict[str, str]:
    return {
        name: plain_text.to_text(value).strip() if name in _WRITTEN and value else value
        for name, value in facts.items()
    }


def _for_markdown(facts: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value if name in _WRITTEN or name.endswith("_url") else markdown.escape(value)
        for name, value in facts.items()
    }
