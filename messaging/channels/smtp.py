"""SMTP that knows how far it came: before the message was handed over, or after."""

import smtplib
from typing import Any

from django.core.mail.backends import smtp


class _Phased:
    handed_over = False

    def send(self, s: Any) -> None:
        # smtplib sends commands as text and only the message itself as bytes.
        if isinstance(s, bytes | bytearray):
            self.handed_over = True
        super().send(s)  # type: ignore[misc]

    def mail(self, *args: Any, **kwargs: Any) -> Any:
        self.handed_over = False
        return super().mail(*args, **kwargs)  # type: ignore[misc]


class _Plain(_Phased, smtplib.SMTP):
    pass


class _OverTls(_Phased, smtplib.SMTP_SSL):
    pass


class Backend(smtp.EmailBackend):
    """Django's SMTP backend; `handed_over` tells whether the current message left us whole."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _OverTls if self.use_ssl else _Plain

    @property
    def handed_over(self) -> bool:
        return bool(getattr(self.connection, "handed_over", False))
