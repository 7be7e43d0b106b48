"""A message's parts with its recipient's values in them, for whoever composes the mail itself."""

import re
import unicodedata
from dataclasses import dataclass, replace
from email.mime.image import MIMEImage

from django.core.mail import EmailMultiAlternatives

from messaging.channels import Inline, Message

_BRACES = re.compile(r"\{(?=[{%])")


@dataclass(frozen=True)
class Merged:
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    picture: Inline | None = None

    @classmethod
    def of(cls, message: Message) -> "Merged":
        return cls(
            message.to,
            message.subject,
            message.text,
            message.html,
            message.all_headers,
            message.content.picture,
        )

    def without_braces(self) -> "Merged":
        """The same to the eye, but nothing a template language would read."""
        subject, text = (_BRACES.sub("{\u2060", part) for part in (self.subject, self.text))
        return replace(self, subject=subject, text=text, html=_BRACES.sub("&#123;", self.html))

    def with_ascii_headers(self) -> "Merged":
        headers = {name: _ascii(value) for name, value in self.headers.items()}
        return replace(self, headers=headers)

    def as_mail(self) -> EmailMultiAlternatives:
        mail = EmailMultiAlternatives(self.subject, self.text, to=[self.to], headers=self.headers)
        mail.attach_alternative(self.html, "text/html")
        enclose(mail, self.picture)
        return mail


def enclose(mail: EmailMultiAlternatives, picture: Inline | None) -> None:
    """Let the picture that the HTML shows travel with it."""
    if picture:
        part = MIMEImage(picture.data, picture.kind)
        part.add_header("Content-ID", f"<{picture.cid}>")
        part.add_header("Content-Disposition", "inline", filename=f"logo.{picture.kind}")
        mail.attach(part)


def _ascii(value: str) -> str:
    return unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
