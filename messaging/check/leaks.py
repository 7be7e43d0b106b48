"""What must not leave the house: hosts, tickets, words of the trade, and gaps to be filled in."""

import re
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.check import seen
from messaging.check.draft import Level
from messaging.check.reading import Reading
from messaging.check.rule import Place, Rule, at
from messaging.check.stages import EVERYWHERE

# Standards, versions and zones look like tickets, and are none.
_STANDARD = (
    r"(?!(?:COVID|ISO|UTF|SHA|TLS|UTC|GMT|DIN|RFC|CVE|HTTP|GPT|EN|PCI|MP|USB|IP|A|CET|MEZ)-?\d)"
)
_TICKET = re.compile(
    rf"\b{_STANDARD}[A-Z][A-Z0-9]{{1,9}}-\d{{2,6}}\b|\b(?:INC|CHG|PRB|RITM|TASK)\d{{4,}}\b"
    r"|(?<![\w&/])#\d{3,}\b|\bSEV-?[0-4]\b|\bP[0-4]\b(?=\s+(?:incident|ticket|störung))",
)
# What machines are called after; without one of these, "model-x-003" may as well be a product.
_MACHINE = (
    r"(?:srv|svc|server|host|node|web|app|api|db|sql|pg|redis|kafka|mx|ns|mail|vm|esx|k8s|cache|queue|proxy"
    r"|lb|fw|gw|sw|router|switch|edge|core|worker|batch|auth|prod|prd|stag(?:e|ing)|test|dev|dc)"
)
_HOST = re.compile(
    r"(?<!ersion )\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b"
    r"|(?<![\w-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.(?:internal|intern|local|localdomain|lan|corp|intra|svc|priv)\b(?:[:/]\S*)?"
    r"|\bhttps?://(?:localhost|[^\s/]{0,200}\b(?:jira|grafana|kibana|wiki|confluence|gitlab|jenkins|"
    r"intranet|sharepoint|prometheus|sentry)\b)[^\s)]*"
    r"|(?<![\w-])(?!(?:us|eu|ap|sa|ca|af|me)-[a-z]+-\d\b)(?!(?:covid|utf|iso|gpt|mp|sha|http|ipv|web)-?\d+\b)"
    rf"(?=(?:[a-z0-9]{{1,40}}-){{0,5}}{_MACHINE}\d{{0,4}}[-a-z0-9])"
    r"[a-z]{2}[a-z0-9]{0,40}(?:-[a-z0-9]{1,40}){0,6}-[a-z0-9]{0,40}\d\b(?!-)"
    r"|\b(?:srv|web|db|app|node|host|mx|ns|vm|sql|redis|kafka|cache|proxy|lb|fw|esx|mail|queue)"
    r"-?\d{1,3}\b(?![:.]\d)"
    r"|(?<![\w:/.])/(?:var|etc|opt|usr|home|srv|tmp|mnt|data|root|proc|dev)/[\w./-]+|\b[A-Z]:\\\S+"
    r"|\bTraceback\b|\bat\s[\w.$]{1,200}\([\w.]{1,100}:\d{1,6}\)|\b\w{0,80}[a-z](?:Exception|Error)\b"
)
_GAP = re.compile(
    r"\b(?:X{2,}[:.]X{2,}|X{2,}|xx[:.]xx|TODO|TBD|TBA|FIXME|HH:MM|hh:mm|[Ll]orem ipsum)\b"
    r"|(?<![\"“„])\[[^\]\n\d](?![A-Z]?\])[^\]\n]{1,60}\](?!\()|<[A-Za-zÄÖÜäöü][^>\n@:/]{0,40}>"
    r"|\{\{?[^{}\n]{0,60}\}?\}|\{%.{0,80}?%\}|_{3,}|([_.–-])\1?:\1\1?(?!\w)|\?{3,}"
)


def _internal_word(reading: Reading) -> Iterator[Place]:
    why = _("Customers cannot know this word: say what it means for them.")
    yield from _unless_known(reading, (reading.language.jargon, _TICKET), why)
    for word in filter(None, map(seen.plain, reading.draft.internal_words)):
        listed = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        for place in _places(reading, listed):
            yield Place(_("This word is on your list of internal words."), *place)


def _host_name(reading: Reading) -> Iterator[Place]:
    why = _("Names of machines stay in the house: they help attackers alone.")
    yield from _unless_known(reading, (_HOST,), why)


def _unless_known(
    reading: Reading, patterns: Iterable[re.Pattern[str]], why: str
) -> Iterator[Place]:
    """What they find, but for the names by which customers know our services and products."""
    draft = reading.draft
    known = [seen.plain(word).lower() for word in (*draft.components, *draft.public_words)]
    for pattern in patterns:
        for place in _places(reading, pattern, known):
            yield Place(why, *place)


def _places(
    reading: Reading, pattern: re.Pattern[str], known: Sequence[str] = ()
) -> list[tuple[int, int]]:
    return seen.merged(
        view.place(*found.span())
        for view in seen.views(reading.draft.text)
        for found in pattern.finditer(view.text)
        if not any(found.group().lower() in word for word in known)
    )


def _gap(reading: Reading) -> Iterator[Place]:
    for found in _GAP.finditer(reading.draft.text):
        yield at(found, _("This was to be filled in."))


RULES = (
    Rule(
        "internal-word",
        Level.MUST_NOT,
        EVERYWHERE,
        gettext_lazy("No internal words"),
        _internal_word,
        only_public=True,
    ),
    Rule(
        "host-name",
        Level.MUST_NOT,
        EVERYWHERE,
        gettext_lazy("No names of machines"),
        _host_name,
        only_public=True,
    ),
    Rule("placeholder-left", Level.MUST_NOT, EVERYWHERE, gettext_lazy("Nothing left blank"), _gap),
)
