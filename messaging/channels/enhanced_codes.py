"""What a server's refusal for good is about, by its enhanced code (RFC 3463)."""

import re
from dataclasses import dataclass

_CODE = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS, _POLICY = 1, 7
# 5.1.7 and 5.1.8 name a bad sender.
_OF_SENDER = (7, 8)
# From 5.7.20 on our authentication failed (RFC 7372, and Microsoft's 5.7.515). A plain 5.7.1 is one
# mailbox's own policy.
_FIRST_OF_AUTHENTICATION = 20


@dataclass(frozen=True)
class EnhancedCode:
    subject: int
    detail: int

    @property
    def is_about_recipient(self) -> bool:
        return self.subject == _ADDRESS and self.detail not in _OF_SENDER

    @property
    def is_about_sender(self) -> bool:
        return self.subject == _ADDRESS and self.detail in _OF_SENDER

    @property
    def is_policy(self) -> bool:
        return self.subject == _POLICY

    @property
    def is_authentication(self) -> bool:
        return self.is_policy and self.detail >= _FIRST_OF_AUTHENTICATION


def leading(words: str) -> EnhancedCode | None:
    """The code with which a server's reply begins."""
    return _read(_CODE.match(words))


def within(words: str) -> EnhancedCode | None:
    """The first code in what a provider quotes."""
    return _read(_CODE.search(words))


def _read(found: re.Match[str] | None) -> EnhancedCode | None:
    return EnhancedCode(int(found[1]), int(found[2])) if found else None
