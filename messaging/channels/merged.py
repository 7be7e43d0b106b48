"""A message's parts with its recipient's values in them, for whoever composes the mail itself."""

import re
import unicodedata
from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives

from messaging.channels import Message

_BRACES = re.compile(r"\{(?=[{%])")


@dataclass(frozen=True)
class Merged:
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]

    @classmethod
    def of(cls, message: Message) -> "Merged":
        return cls(message.to, message.subject, message.text, message.html, message.all_headers)

    def without_braces(self) -> "Merged":
        """The same to the eye, but nothing a template language would read."""
        subject, text = (_BRACES.sub("{\u2060", part) for part in (self.subject, self.text))
        return Merged(self.to, subject, text, _BRACES.sub("&#123;", self.html), self.headers)

    def with_ascii_headers(self) -> "Merged":
        headers = {name: _ascii(value) for name, value in self.headers.items()}
        return Merged(self.to, self.subject, self.text, self.html, headers)

    def as_mail(self) -> EmailMultiAlternatives:
        mail = EmailMultiAlternatives(self.subject, self.text, to=[self.to], headers=self.headers)
        mail.attach_alternative(self.html, "text/html")
        return mail


def _ascii(value: str) -> str:
    return unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
