"""Send one mail to many people with django-post_office, and say on standard output how it went.

python -m benchmarks.peer.sending PEOPLE MAIL
"""

import email
import email.policy
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.management import call_command
from post_office import mail
from post_office.models import STATUS, Email

PROCESSES = 2
# Whom the mail was written to.
NAME = "Zoë Müller"
HEADERS = ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Auto-Submitted")


def measure(people: int, path: Path) -> dict[str, float]:
    call_command("migrate", verbosity=0)
    Email.objects.all().delete()
    wanted = requests(people, path)
    began = time.perf_counter()
    mail.send_many(wanted)
    queued = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        mail.send_queued_mail_until_done(f"{folder}/lock", PROCESSES)
    ended = time.perf_counter()
    if (sent := Email.objects.filter(status=STATUS.sent).count()) != people:
        raise SystemExit(f"Sent {sent} of {people}.")
    return {"queued_seconds": queued - began, "seconds": ended - began}


def requests(people: int, path: Path) -> list[dict[str, Any]]:
    """The same words as ours, with each recipient's name."""
    original = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    text, html = (
        original.get_body((kind,)).get_content()  # type: ignore[union-attr]
        for kind in ("plain", "html")
    )
    headers = {name: str(original[name]) for name in HEADERS if original[name]}
    return [
        {
            "recipients": [f"p{number}@example.com"],
            "sender": os.environ["MAIL_FROM"],
            "subject": str(original["Subject"]),
            "message": text.replace(NAME, f"{NAME} {number}"),
            "html_message": html.replace(NAME, f"{NAME} {number}"),
            "headers": headers,
        }
        for number in range(people)
    ]


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), Path(sys.argv[2]))))
