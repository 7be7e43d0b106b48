"""E-mail providers over real HTTP, each as its vendor documents it, as far as we use it."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from functools import reduce
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def form(self) -> dict[str, list[str]]:
        kind = self.headers.get("Content-Type", "")
        if "multipart" not in kind:
            return parse_qs(self.raw.decode(), keep_blank_values=True)
        parsed = BytesParser(policy=HTTP).parsebytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + self.raw
        )
        found: dict[str, list[str]] = {}
        for part in parsed.iter_parts():
            name = part.get_param("name", header="content-disposition")
            found.setdefault(name, []).append(part.get_payload(decode=True).decode())
        return found


@dataclass(frozen=True)
class Arrived:
    """One mail as one recipient gets it, and everything in it."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    metadata: dict[str, str]


Answer = tuple[int, object]
# To a key that is not valid.
WRONG_KEY: Answer = (401, {"message": "wrong key"})


class FakeEsp:
    """Reads calls of a provider; an answer that is ordered is given instead of accepting."""

    def __init__(self, read: Callable[[Call], list[Arrived]], accept, *, refuses=None) -> None:
        self._read, self._accept, self._refuses = read, accept, refuses
        self.calls: list[Call] = []
        self.arrived: list[Arrived] = []
        self.answers: deque[Answer] = deque()
        self.refused: set[str] = set()
        self.is_silent = False
        self.over = threading.Event()

    def answer(self, call: Call) -> Answer | None:
        self.calls.append(call)
        if self.answers:
            return self.answers.popleft()
        mails = self._read(call)
        if self._refuses and (no := self._refuses(mails, self.refused)):
            return no
        self.arrived += [mail for mail in mails if self.refused.isdisjoint(mail.to)]
        return None if self.is_silent else (200, self._accept(call, mails, self.refused))


def serve(esp: FakeEsp) -> tuple[str, Callable[[], None]]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # A kept connection would cost 40 ms for each call otherwise.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            answer = esp.answer(Call(self.path, dict(self.headers), raw))
            if answer is None:
                esp.over.wait(10)
                self.close_connection = True
                return
            status, body = answer
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Message-Id", "id")  # MailerSend's
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def stop() -> None:
        esp.over.set()
        server.shutdown()
        server.server_close()
        thread.join()

    return f"http://127.0.0.1:{server.server_port}/", stop


# Postmark: https://postmarkapp.com/developer/api/email-api


def _postmark_read(call: Call) -> list[Arrived]:
    sent = call.json if isinstance(call.json, list) else [call.json]
    return [
        Arrived(
            tuple(one["To"].split(", ")),
            one["Subject"],
            one["TextBody"],
            one["HtmlBody"],
            {header["Name"]: header["Value"] for header in one["Headers"]},
            one["Metadata"],
        )
        for one in sent
    ]


def _postmark_entry(mail: Arrived, refused: set[str]) -> dict[str, object]:
    if refused.isdisjoint(mail.to):
        return {
            **{"To": mail.to[0], "MessageID": f"pm-{mail.to[0]}"},
            **{"ErrorCode": 0, "Message": "OK"},
        }
    text = (
        "You tried to send to recipient(s) that have been marked as inactive.\n"
        f"Found inactive addresses: {mail.to[0]}.\nInactive recipients are ones that have"
        " generated a hard bounce or a spam complaint."
    )
    return {"ErrorCode": 406, "Message": text}


def _postmark_accept(call: Call, mails: list[Arrived], refused: set[str]) -> object:
    entries = [_postmark_entry(mail, refused) for mail in mails]
    return entries if call.path.endswith("/batch") else entries[0]


# Brevo: https://developers.brevo.com/reference/sendtransacemail


def _brevo_read(call: Call) -> list[Arrived]:
    data = call.json
    versions = data.get("messageVersions", [{}])
    read = []
    for version in versions:
        one = {**data, **version, "headers": {**data["headers"], **version.get("headers", {})}}
        metadata = json.loads(one["headers"].pop("X-Mailin-custom"))
        one["headers"].pop("idempotencyKey")
        to = tuple(each["email"] for each in one["to"])
        text, html = one["textContent"], one["htmlContent"]
        read.append(Arrived(to, one["subject"], text, html, one["headers"], metadata))
    return read


def _brevo_accept(call: Call, mails: list[Arrived], refused: set[str]) -> object:
    ids = [f"<brevo-{mail.to[0]}>" for mail in mails]
    return {"messageIds": ids} if "messageVersions" in call.json else {"messageId": ids[0]}


def _all_or_nothing(mails: list[Arrived], refused: set[str]) -> Answer | None:
    if any(not refused.isdisjoint(mail.to) for mail in mails):
        return 400, {"code": "invalid_parameter", "message": "email is not valid in to"}
    return None


# Mailgun: https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending


def _mailgun_read(call: Call) -> list[Arrived]:
    form = call.form
    recipients = json.loads(form.get("recipient-variables", ["{}"])[0])
    if not recipients:
        return [_mailgun_mail(form, tuple(form["to"]), {})]
    return [_mailgun_mail(form, (to,), recipients[to]) for to in form["to"]]


def _mailgun_mail(form: dict[str, list[str]], to: tuple[str, ...], own: dict[str, str]) -> Arrived:
    def filled(name: str) -> str:
        return reduce(
            lambda text, item: text.replace(f"%recipient.{item[0]}%", item[1]),
            own.items(),
            form[name][0],
        )

    headers = {name[2:]: filled(name) for name in form if name.startswith("h:")}
    metadata = {name[2:]: filled(name) for name in form if name.startswith("v:")}
    return Arrived(to, filled("subject"), filled("text"), filled("html"), headers, metadata)


def _mailgun_accept(call: Call, mails: list[Arrived], refused: set[str]) -> object:
    return {"id": "<one-for-all@mailgun>", "message": "Queued. Thank you."}


# Scaleway, which takes one message for each call: https://www.scaleway.com/en/developers/api/transactional-email/


def _scaleway_read(call: Call) -> list[Arrived]:
    data = call.json
    headers = {each["key"]: each["value"] for each in data["additional_headers"]}
    metadata = json.loads(headers.pop("X-Metadata"))
    to = tuple(each["email"] for each in data["to"])
    return [Arrived(to, data["subject"], data["text"], data["html"], headers, metadata)]


def _scaleway_accept(call: Call, mails: list[Arrived], refused: set[str]) -> object:
    to = mails[0].to[0]
    return {"emails": [{"mail_rcpt": to, "status": "sending", "message_id": f"scw-{to}"}]}


# Resend: https://resend.com/docs/api-reference/emails/send-batch-emails


def _resend_read(call: Call) -> list[Arrived]:
    sent = call.json if isinstance(call.json, list) else [call.json]
    read = []
    for one in sent:
        headers = dict(one["headers"])
        metadata = json.loads(headers.pop("X-Metadata"))
        words = (one["subject"], one["text"], one["html"])
        read.append(Arrived(tuple(one["to"]), *words, headers, metadata))
    return read


def _resend_accept(call: Call, mails: list[Arrived], refused: set[str]) -> object:
    ids = [{"id": f"re-{mail.to[0]}"} for mail in mails]
    return {"data": ids} if call.path.endswith("/batch") else ids[0]


# Mailtrap: https://docs.mailtrap.io/developers/email-sending/transactional


def _mailtrap_read(call: Call) -> list[Arrived]:
    base, requests = call.json.get("base", call.json), call.json.get("requests", [{}])
    read = []
    for request in requests:
        one = {**base, **request}
        to = tuple(each["email"] for each in one["to"])
        words = (one["subject"], one["text"], one["html"])
        read.append(Arrived(to, *words, one["headers"], one["custom_variables"]))
    return read


def _mailtrap_accept(call: Call, mails: list[Arrived], refused: set[str]) -> object:
    entries = [{"success": True, "message_ids": [f"mt-{mail.to[0]}"]} for mail in mails]
    return {"success": True, "responses": entries} if call.path.endswith("/batch") else entries[0]


# Mailjet: https://dev.mailjet.com/email/guides/send-api-v31/


def _mailjet_read(call: Call) -> list[Arrived]:
    read = []
    for own in call.json["Messages"]:
        one = {**call.json["Globals"], **own}
        to = tuple(each["Email"] for each in one["To"])
        words = (one["Subject"], one["TextPart"], one["HTMLPart"])
        read.append(Arrived(to, *words, one["Headers"], json.loads(one["EventPayload"])))
    return read


def _mailjet_accept(call: Call, mails: list[Arrived], refused: set[str]) -> object:
    return {
        "Messages": [
            {"Status": "success", "To": [{"Email": mail.to[0], "MessageID": number}]}
            for number, mail in enumerate(mails, 1)
        ]
    }


# MailerSend: https://developers.mailersend.com/api/v1/email.html


def _mailersend_read(call: Call) -> list[Arrived]:
    data = call.json
    headers = {each["name"]: each["value"] for each in data["headers"]}
    to = tuple(each["email"] for each in data["to"])
    return [Arrived(to, data["subject"], data["text"], data["html"], headers, {})]


# Unisender Go: https://godocs.unisender.ru/web-api-ref#email-send


def _unisender_read(call: Call) -> list[Arrived]:
    data = call.json["message"]
    to = tuple(each["email"] for each in data["recipients"])
    words = (data["subject"], data["body"]["plaintext"], data["body"]["html"])
    return [Arrived(to, *words, data["headers"], data["global_metadata"])]


def _unisender_accept(call: Call, mails: list[Arrived], refused: set[str]) -> object:
    return {"status": "success", "job_id": "job", "emails": [mails[0].to[0]]}


@dataclass(frozen=True)
class Vendor:
    name: str
    settings: dict[str, str]
    make: Callable[[], FakeEsp]
    url: str

    def anymail(self, url: str) -> dict[str, object]:
        return {**self.settings, self.url: url, "REQUESTS_TIMEOUT": (5, 20)}


POSTMARK = Vendor(
    "postmark",
    {"POSTMARK_SERVER_TOKEN": "token"},
    lambda: FakeEsp(_postmark_read, _postmark_accept),
    "POSTMARK_API_URL",
)
BREVO = Vendor(
    "brevo",
    {"BREVO_API_KEY": "key"},
    lambda: FakeEsp(_brevo_read, _brevo_accept, refuses=_all_or_nothing),
    "BREVO_API_URL",
)
MAILGUN = Vendor(
    "mailgun",
    {"MAILGUN_API_KEY": "key", "MAILGUN_SENDER_DOMAIN": "status.example"},
    lambda: FakeEsp(_mailgun_read, _mailgun_accept, refuses=_all_or_nothing),
    "MAILGUN_API_URL",
)
SCALEWAY = Vendor(
    "scaleway",
    {"SCALEWAY_SECRET_KEY": "key", "SCALEWAY_PROJECT_ID": "project"},
    lambda: FakeEsp(_scaleway_read, _scaleway_accept, refuses=_all_or_nothing),
    "SCALEWAY_API_URL",
)
RESEND = Vendor(
    "resend",
    {"RESEND_API_KEY": "key"},
    lambda: FakeEsp(_resend_read, _resend_accept, refuses=_all_or_nothing),
    "RESEND_API_URL",
)
MAILTRAP = Vendor(
    "mailtrap",
    {"MAILTRAP_API_TOKEN": "token"},
    lambda: FakeEsp(_mailtrap_read, _mailtrap_accept, refuses=_all_or_nothing),
    "MAILTRAP_API_URL",
)
MAILJET = Vendor(
    "mailjet",
    {"MAILJET_API_KEY": "key", "MAILJET_SECRET_KEY": "secret"},
    lambda: FakeEsp(_mailjet_read, _mailjet_accept, refuses=_all_or_nothing),
    "MAILJET_API_URL",
)
MAILERSEND = Vendor(
    "mailersend",
    {"MAILERSEND_API_TOKEN": "token"},
    lambda: FakeEsp(_mailersend_read, lambda call, mails, refused: {}),
    "MAILERSEND_API_URL",
)
UNISENDER_GO = Vendor(
    "unisender_go",
    {"UNISENDER_GO_API_KEY": "key"},
    lambda: FakeEsp(_unisender_read, _unisender_accept),
    "UNISENDER_GO_API_URL",
)
# Each of the ways: answers for each, whole messages, variables, one message for each call.
VENDORS = (POSTMARK, BREVO, MAILGUN, SCALEWAY)


def at_work(vendor: Vendor, settings) -> Iterator[FakeEsp]:
    """The vendor, served on the loopback interface, and the settings that lead there."""
    esp = vendor.make()
    url, stop = serve(esp)
    settings.EMAIL_BACKEND = f"anymail.backends.{vendor.name}.EmailBackend"
    settings.ANYMAIL = vendor.anymail(url)
    yield esp
    stop()
