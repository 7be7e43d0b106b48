"""The last line of defence: nothing that names or admits a person leaves in a log or a report."""

import re
from ipaddress import ip_address

MASK = "[masked]"

# user:password@ of an address such as redis://user:password@host
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@:]*:[^\s/]*(?=@)")
# A domain needs a dot, so that the node names of workers stay readable.
_MAIL = re.compile(r"[^\s@<>()\[\]\"',;:=\\/?&]+(?:@|%40)[^\s@<>()\[\]\"',;:=\\/?&]*\.\w[\w-]*")
_NUMBER = re.compile(r"(?:\+|%2[bB])[1-9]\d{6,14}(?!\d)")
# Personal links: by where they stand, and by how they begin as long as there are fewer than 2²⁹
# contacts (messaging.services.links).
_LINK = re.compile(r"(?<![\w-])(/[cdfpu]/)[^/\s\"'?<>]+")
_TOKEN = re.compile(r"(?<![\w-])AA[A-P][\w-]{32}(?![\w-])")
# PostgreSQL shows the whole row that broke a constraint.
_ROW = re.compile(r"(?s)(?<=row contains )\(.*?\)(?=\.?(?:\n|$))|(?<=Key )\([^\n]*\)=\([^\n]*\)")
_ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*:[\w:.]*)")


def masked(text: str) -> str:
    """The text without mail addresses, phone numbers, personal links, passwords and public IPs."""
    text = _ROW.sub(MASK, text)
    text = _CREDENTIALS.sub(MASK, text)
    text = _MAIL.sub(MASK, text)
    text = _NUMBER.sub(MASK, text)
    text = _LINK.sub(rf"\g<1>{MASK}", text)
    text = _TOKEN.sub(MASK, text)
    return _ADDRESS.sub(_mask_if_public, text)


def _mask_if_public(found: re.Match[str]) -> str:
    word = found.group().rstrip(".:")
    try:
        is_public = ip_address(word).is_global
    except ValueError:
        return found.group()
    # Those of our own machines are what an operator looks for.
    return found.group().replace(word, MASK) if is_public else found.group()
