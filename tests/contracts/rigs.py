"""A channel each, with its provider on the other end of a real line and a hand on its faults."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core import mail
from twilio.rest import Client

from messaging.channels import (
    Channel,
    Content,
    DeadAddress,
    Message,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
    registry,
    sms,
)
from messaging.merging import FIELDS
from tests import esp
from tests.messaging.conftest import FakeChannel
from tests.ports import free_port

CONTENT = Content(
    subject="Störung – Anmeldung",
    text=f"{FIELDS['salutation']}\n\nwir prüfen.\n\n{FIELDS['unsubscribe_url']}\n",
    html=f'<p>{FIELDS["salutation"]}</p>\n<a href="{FIELDS["unsubscribe_url"]}">aus</a>\n',
    sms_text=f"{FIELDS['salutation']} wir prüfen. {FIELDS['unsubscribe_url']}",
    headers={"List-Id": "Störungen <notices.status.example>", "Auto-Submitted": "auto-generated"},
)


def message(to: str, *, number: int = 1, salutation: str = "Hello,", **changes: Any) -> Message:
    url = f"https://status.example/u/{number}/?a=1&b=2"
    given = {
        "content": CONTENT,
        "values": dict.fromkeys(FIELDS, "") | {"salutation": salutation, "unsubscribe_url": url},
        "headers": {
            "Message-ID": f"<{number}@status.example>",
            "List-Unsubscribe": f"<{url}>",
        },
    }
    return Message(id=number, to=to, **{**given, **changes})


@dataclass(frozen=True)
class Arrived:
    """What one recipient has: who is named as one, the words, and all there is of it."""

    to: tuple[str, ...]
    text: str
    html: str
    everything: str


@dataclass
class Rig:
    channel: Channel
    # Three people the provider takes, one it does not.
    people: tuple[str, str, str]
    nobody: str
    arrived: Callable[[], list[Arrived]]
    # A dry run has no account and no line.
    blame_us: Callable[[], None] = lambda: None
    unplug: Callable[[], None] = lambda: None
    go_silent: Callable[[], None] = lambda: None

    def send(self, messages: list[Message]) -> list[object]:
        with self.channel.open() as connection:
            return list(connection.send(messages))


MAILBOXES = ("ana@example.com", "bo@example.org", "cleo@example.net")
PHONES = ("+447700900001", "+447700900002", "+447700900003")


@contextmanager
def smtp(request: Any, settings: Any) -> Iterator[Rig]:
    catcher = request.getfixturevalue("smtp_catcher")
    catcher.answers["gone@example.com"] = "550 5.1.1 nobody here"

    def arrived() -> list[Arrived]:
        return [
            Arrived(
                caught.recipients,
                caught.message.get_body(("plain",)).get_content(),
                caught.message.get_body(("html",)).get_content(),
                raw.decode(),
            )
            for caught, raw in zip(catcher.caught, catcher.raw, strict=True)
        ]

    yield Rig(
        registry.get("email"),
        MAILBOXES,
        "gone@example.com",
        arrived,
        blame_us=lambda: catcher.answers.update(dict.fromkeys(MAILBOXES, "550 5.7.26 who are you")),
        unplug=lambda: setattr(settings, "EMAIL_PORT", free_port()),
        go_silent=lambda: setattr(catcher, "hang_up_after_data", True),
    )


def provider(vendor: esp.Vendor) -> Callable[..., Any]:
    @contextmanager
    def rig(request: Any, settings: Any) -> Iterator[Rig]:
        with contextmanager(esp.at_work)(vendor, settings) as fake:
            fake.refused.add("gone@example.com")

            def go_silent() -> None:
                fake.is_silent = True
                settings.ANYMAIL.update(REQUESTS_TIMEOUT=(5, 0.3))

            yield Rig(
                registry.get("email"),
                MAILBOXES,
                "gone@example.com",
                lambda: [Arrived(one.to, one.text, one.html, repr(one)) for one in fake.arrived],
                blame_us=lambda: fake.answers.append(esp.WRONG_KEY),
                unplug=lambda: settings.ANYMAIL.update(
                    {vendor.url: f"http://127.0.0.1:{free_port()}/"}
                ),
                go_silent=go_silent,
            )

    return rig


def load_twilio() -> None:
    """Its library reads two seconds of modules at first use: not in a test's own time."""
    _ = Client("AC", "token").messages


@contextmanager
def twilio(request: Any, settings: Any) -> Iterator[Rig]:
    stand_in = request.getfixturevalue("standins_at_work")
    settings.TWILIO_API_BASE_URL = stand_in.url
    load_twilio()

    def order(kind: str) -> Callable[[], None]:
        return lambda: stand_in.store.add_fault(kind=kind, count=3)

    def go_silent() -> None:
        request.getfixturevalue("monkeypatch").setattr(sms, "READ_SECONDS", 0.3)
        order("timeout-after-accepting")()

    yield Rig(
        registry.get("sms"),
        PHONES,
        "+15005550009",
        lambda: [
            Arrived((text.recipient,), text.body, "", repr(text))
            for text in sorted(stand_in.store.texts(), key=lambda text: text.at)
        ],
        blame_us=order("bad-credentials"),
        unplug=lambda: setattr(settings, "TWILIO_API_BASE_URL", f"http://127.0.0.1:{free_port()}"),
        go_silent=go_silent,
    )


@contextmanager
def console(request: Any, settings: Any) -> Iterator[Rig]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    def arrived() -> list[Arrived]:
        return [
            Arrived(
                tuple(one.recipients()),
                one.body,
                one.alternatives[0].content,
                one.message().as_string(),
            )
            for one in mail.outbox
        ]

    yield Rig(registry.get("email"), MAILBOXES, "ana@example.com\nBcc: all@example.com", arrived)


@contextmanager
def fake(request: Any, settings: Any) -> Iterator[Rig]:
    """The double that other tests put in a channel's place keeps the contract as well."""
    channel = FakeChannel(marks_each=False)
    channel.failures["gone@example.com"] = DeadAddress(550, "nobody here")
    # Composing is a channel's first step.
    channel.before_send = lambda one: one.text

    def fail(failure: Exception) -> Callable[[], None]:
        return lambda: channel.failures.update(dict.fromkeys(MAILBOXES, failure))

    yield Rig(
        channel,
        MAILBOXES,
        "gone@example.com",
        lambda: [Arrived((one.to,), one.text, one.html, repr(one)) for one in channel.sent],
        blame_us=fail(SenderFault(535, "no")),
        unplug=fail(TemporaryFailure("connect", "refused")),
        go_silent=fail(UnknownOutcome("silence", "no answer")),
    )


RIGS: dict[str, Callable[..., Any]] = {
    "smtp": smtp,
    **{vendor.name: provider(vendor) for vendor in esp.VENDORS},
    "twilio": twilio,
    "console": console,
    "fake": fake,
}
ON_A_LINE = [name for name in RIGS if name != "console"]
