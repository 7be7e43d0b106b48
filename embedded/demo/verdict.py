"""Did everything of the story happen? Each finding is one sentence, true or not."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from urllib.request import urlopen

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from audiences.models import Contact, Detail, Subscription
from embedded.demo import story
from embedded.store import Mail, Store, Text
from feedback.models import FollowUp, Response
from incidents.models import Incident
from incidents.services import promises
from messaging import states
from messaging.models import Broadcast, Delivery, Template

TOLD = {
    Template.Stage.ACKNOWLEDGE,
    Template.Stage.HOLDING,
    Template.Stage.IDENTIFIED,
    Template.Stage.UPDATE,
    Template.Stage.MONITORING,
    Template.Stage.RESOLVED,
    Template.Stage.FEEDBACK,
}


@dataclass(frozen=True)
class Finding:
    is_true: bool
    sentence: str


def findings(*, incident: Incident, since: datetime, answered: int) -> list[Finding]:
    """Compare what the rows say with what the mail catcher and the SMS stand-in caught."""
    with Store(settings.EMBEDDED_STORE) as store:
        mails = [mail for mail in store.mails() if mail.at >= since.timestamp()]
        texts = [text for text in store.texts() if text.at >= since.timestamp()]
    return [
        *_story(incident),
        *_deliveries(incident, mails, texts),
        *_audience(incident, mails),
        *_answers(incident, answered),
        *_pages(incident),
    ]


def _story(incident: Incident) -> Iterator[Finding]:
    entries = incident.timeline.filter(broadcast__isnull=False)
    stages = set(entries.values_list("step__template__stage", flat=True))
    yield Finding(stages >= TOLD, f"{entries.count()} messages told all {len(TOLD)} chapters")
    late = incident.timeline.filter(state="late").count()
    yield Finding(late == 0, f"{late} of them went out late")
    tally = promises.tally(incident=incident, until=timezone.now())
    kept = tally["made"] == tally["kept"] > 0
    yield Finding(kept, f"{tally['kept']} of {tally['made']} promised updates came in time")


def _deliveries(incident: Incident, mails: list[Mail], texts: list[Text]) -> Iterator[Finding]:
    rows = Delivery.objects.filter(broadcast__thread=incident.key)
    # Our own people were called on the way.
    calls = Delivery.objects.filter(broadcast__purpose=Broadcast.Purpose.DUTY)
    reached = (rows | calls).reached()
    emails, sms = (reached.filter(channel=channel).count() for channel in ("email", "sms"))
    yield Finding(
        emails == len(mails) > 0, f"{emails:,} e-mails recorded, {len(mails):,} in the inbox"
    )
    yield Finding(sms == len(texts) > 0, f"{sms:,} texts recorded, {len(texts):,} on the phones")
    other = rows.exclude(state__in=states.REACHED).count()
    yield Finding(other == 0, f"{other} deliveries failed or are open")
    twice = sum(count > 1 for count in Counter(mail.message_id for mail in mails).values())
    yield Finding(twice == 0, f"{twice} messages came twice")


def _audience(incident: Incident, mails: list[Mail]) -> Iterator[Finding]:
    audience = Broadcast.objects.filter(thread=incident.key).order_by("pk")[0].segments.all()
    confirmed = Q(
        subscriptions__segment__in=audience,
        subscriptions__state=Subscription.State.CONFIRMED,
        subscriptions__channel="email",
    )
    many = (
        Contact.objects.annotate(lists=Count("subscriptions", confirmed))
        .filter(lists__gte=3)
        .values("pk")
    )
    # The part before the dot names the broadcast (see composition.headers).
    received = Counter((mail.recipient, mail.message_id.partition(".")[0]) for mail in mails)
    addresses = set(Contact.objects.filter(pk__in=many).values_list("email", flat=True))
    times = {count for (to, _broadcast), count in received.items() if to in addresses}
    heard = addresses & {to for to, _broadcast in received}
    yield Finding(
        times == {1},
        f"{len(heard)} people are on three lists or more; each got every message once",
    )
    readers = {mail.recipient for mail in mails if story.INTERNAL_WORD in _text(mail)}
    entitled = set(
        Delivery.objects.filter(broadcast__thread=incident.key, detail=Detail.TECHNICAL)
        .values_list("address", flat=True)
        .distinct()
    )
    yield Finding(
        bool(readers) and readers <= entitled,
        f"{len(readers)} people read technical detail, all of them of the internal segment",
    )


def _text(mail: Mail) -> str:
    body = message_from_bytes(mail.raw, policy=policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""


def _answers(incident: Incident, answered: int) -> Iterator[Finding]:
    stored = Response.objects.filter(delivery__broadcast__thread=incident.key)
    yield Finding(
        stored.count() == answered > 0, f"{answered} customers answered, {stored.count()} stored"
    )
    tasks = FollowUp.objects.filter(response__in=stored).count()
    yield Finding(tasks == 1, f"{tasks} low score became a task for a person")


def _pages(incident: Incident) -> Iterator[Finding]:
    for path, name in (("/", "status page"), (f"/incidents/{incident.key}/", "incident page")):
        with urlopen(settings.PUBLIC_BASE_URL + path, timeout=20) as answer:
            body = answer.read().decode()
        is_clean = answer.status == 200 and story.INTERNAL_WORD not in body
        yield Finding(is_clean and str(incident) in body, f"the {name} shows the incident")
