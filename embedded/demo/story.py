"""What happens at the example company: printing of shipping labels stalls for a good two hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from incidents.example import staff
from incidents.models import Component, Incident, IncidentComponent, Status

MINUTE = timedelta(minutes=1)
# The story begins in the past and catches up with the present, one minute later.
LENGTH = 175 * MINUTE
PLAYED_IN = timedelta(seconds=60)
SPEED = LENGTH / PLAYED_IN
# Stands in the technical texts and in no other: who else reads it, has read too much.
INTERNAL_WORD = "lbl-render"

TITLE = {
    "de": "Versandetiketten kommen verzögert",
    "en": "Shipping labels are delayed",
}
EFFECT = {
    "de": "Neue Etiketten erscheinen erst nach mehreren Minuten oder gar nicht.",
    "en": "New labels appear only after several minutes, or not at all.",
}
WORKAROUND = {
    "de": "Bereits erstellte Etiketten lassen sich im Kundenportal wie gewohnt nachdrucken.",
    "en": "Labels that exist already can be printed again in the customer portal as usual.",
}
SCOPE = {
    "de": "Alle, die neue Etiketten drucken. Sendungsverfolgung und Abholung sind nicht betroffen.",
    "en": "Everybody who prints new labels. Tracking and collection are not affected.",
}
SYSTEMS = {"de": INTERNAL_WORD, "en": INTERNAL_WORD}
AFFECTED = {
    "labels": Component.Status.PARTIAL_OUTAGE,
    "carriers": Component.Status.DEGRADED_PERFORMANCE,
}


@dataclass(frozen=True)
class Beat:
    """What the lead publishes, so long after the opening; the next update is promised in 30 min."""

    after: timedelta
    status: Status
    public_text: Mapping[str, str]
    technical_text: Mapping[str, str] = field(default_factory=dict)
    component_status: Component.Status | None = None


BEATS = (
    # At 0:30 the promised update is due and nobody writes: the plan speaks.
    Beat(
        42 * MINUTE,
        Status.IDENTIFIED,
        {
            "de": "Wir haben die Ursache gefunden: Ein Teil der Server, die Etiketten zeichnen,"
            " nimmt seit einem Update keine Aufträge mehr an. Wir nehmen das Update zurück.",
            "en": "We have found the cause: since an update, some of the servers that draw labels"
            " no longer take jobs. We are rolling the update back.",
        },
        {
            "de": "3 von 8 lbl-render-Knoten hängen im Font-Cache nach Version 41.2. Rollback auf"
            " 41.1, Knoten für Knoten, etwa 6 Minuten je Knoten.",
            "en": "3 of 8 lbl-render nodes hang in the font cache since version 41.2. Rolling back"
            " to 41.1 node by node, about 6 minutes each.",
        },
    ),
    Beat(
        65 * MINUTE,
        Status.IDENTIFIED,
        {
            "de": "Die Hälfte der betroffenen Server arbeitet wieder. Etiketten kommen inzwischen"
            " in der Regel unter zwei Minuten.",
            "en": "Half of the affected servers work again. Labels now usually appear in under two"
            " minutes.",
        },
        {
            "de": "lbl-render-2 und -5 laufen auf 41.1, die Warteschlange sinkt von 9.400 auf"
            " 3.100.",
            "en": "lbl-render-2 and -5 run 41.1, the queue is down from 9,400 to 3,100.",
        },
        Component.Status.DEGRADED_PERFORMANCE,
    ),
    Beat(
        90 * MINUTE,
        Status.MONITORING,
        {
            "de": "Alle Server arbeiten wieder, Etiketten erscheinen sofort. Wir beobachten, ob das"
            " so bleibt.",
            "en": "All servers work again and labels appear at once. We are watching whether it"
            " stays that way.",
        },
        {
            "de": "Alle lbl-render-Knoten auf 41.1, Warteschlange leer, p95 bei 1,8 s.",
            "en": "All lbl-render nodes on 41.1, queue empty, p95 at 1.8 s.",
        },
    ),
    Beat(
        110 * MINUTE,
        Status.RESOLVED,
        {
            "de": "Das Problem ist behoben. Alle wartenden Etiketten sind erstellt, keines ist"
            " verloren gegangen.",
            "en": "The problem is solved. All waiting labels have been created and none was lost.",
        },
        {
            "de": "lbl-render seit 20 Minuten stabil. 41.2 bleibt gesperrt, bis der Font-Cache"
            " geprüft ist.",
            "en": "lbl-render stable for 20 minutes. 41.2 stays blocked until the font cache has"
            " been checked.",
        },
        Component.Status.OPERATIONAL,
    ),
)
CALLS_DONE_AFTER = 35 * MINUTE
CALLS_OUTCOME = "All key accounts reached; two asked to be phoned again at the all-clear."


def draft(*, now: datetime) -> Incident:
    """Write the incident down, not yet opened, on a clock that starts in the past."""
    started_at = now - LENGTH
    incident = Incident.objects.create(
        title=TITLE,
        effect=EFFECT,
        scope=SCOPE,
        workaround=WORKAROUND,
        systems=SYSTEMS,
        started_at=started_at - 2 * MINUTE,
    )
    for component in Component.objects.filter(slug__in=AFFECTED):
        IncidentComponent.objects.create(
            incident=incident, component=component, status=AFFECTED[component.slug]
        )
    incident.set_clock(story=started_at, now=now, speed=SPEED)
    return incident


def lead() -> User:
    return User.objects.get(username=staff.LEAD)


def account_manager() -> User:
    return User.objects.get(username=staff.ACCOUNT_MANAGER)
