"""People who were asked for feedback, and what became of their answers.

python -m benchmarks.engine.invited plant FOLDER PEOPLE
python -m benchmarks.engine.invited check FOLDER
"""

import json
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

import benchmarks.engine  # noqa: F401
from audiences.models import Account, Channel, Contact, Detail
from feedback.models import Answer, Response, Survey
from feedback.services import library, surveys
from messaging.models import Broadcast, Delivery
from messaging.services import links

SURVEY, FIRST = "post-incident", "informed"
_PER_ACCOUNT = 10


def main(verb: str, folder: Path, people: int = 0) -> None:
    if verb == "plant":
        call_command("migrate", verbosity=0)
        (folder / "links.json").write_text(json.dumps(plant(people)))
        _settle()
    else:
        print(json.dumps(check(json.loads((folder / "sent.json").read_text()))))


def plant(people: int) -> dict[str, int]:
    """So many delivered requests with the survey that comes with the product; the number of each by
    its link."""
    library.load(now=timezone.now())
    broadcast = _broadcast()
    Account.objects.bulk_create(
        Account(name=f"Company {number}") for number in range(-(-people // _PER_ACCOUNT))
    )
    accounts = list(Account.objects.order_by("pk"))
    Contact.objects.bulk_create(
        (_contact(number, accounts[number // _PER_ACCOUNT]) for number in range(people)),
        batch_size=1_000,
    )
    Delivery.objects.bulk_create(
        (_delivery(broadcast, contact) for contact in Contact.objects.order_by("pk").iterator()),
        batch_size=1_000,
    )
    asked = Delivery.objects.select_related("broadcast").order_by("pk")
    return {links.feedback_path(links.token(one)): one.pk for one in asked.iterator()}


def check(sent: dict[str, int]) -> dict[str, int]:
    """What became of the answers that people sent, by the number of their message: the score that
    each gave last. All that is not `kept` is a fault."""
    stored = Counter(Response.objects.values_list("delivery", flat=True))
    first = Answer.objects.filter(question__key=FIRST)
    scores = dict(first.values_list("response__delivery", "score"))
    wanted = {int(number): score for number, score in sent.items()}
    return {
        "kept": sum(scores.get(number) == score for number, score in wanted.items()),
        "lost": len(wanted.keys() - stored.keys()),
        "twice": sum(count - 1 for count in stored.values()),
        "of_nobody": len(stored.keys() - wanted.keys()),
    }


def _broadcast() -> Broadcast:
    now = timezone.now()
    broadcast = Broadcast.objects.create(
        title="Your view of our messages",
        purpose=Broadcast.Purpose.FEEDBACK,
        thread="bench",
        channels=[Channel.EMAIL],
        state=Broadcast.State.FINISHED,
        started_at=now,
        frozen_at=now,
        finished_at=now,
        expires_at=now + timedelta(days=1),
    )
    surveys.invite(survey=Survey.objects.get(slug=SURVEY), broadcast=broadcast, now=now)
    return broadcast


def _contact(number: int, account: Account) -> Contact:
    return Contact(
        account=account,
        name=f"Zoë Müller {number}",
        email=f"p{number}@customer.example",
        language=("de", "de", "en")[number % 3],
    )


def _delivery(broadcast: Broadcast, contact: Contact) -> Delivery:
    return Delivery(
        broadcast=broadcast,
        contact=contact,
        channel=Channel.EMAIL,
        address=contact.email,
        language=contact.language,
        detail=Detail.PUBLIC,
        state=Delivery.State.DELIVERED,
        accepted_at=broadcast.started_at,
        final_at=broadcast.started_at,
    )


def _settle() -> None:
    """As the database does by itself soon after such a mailing."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
