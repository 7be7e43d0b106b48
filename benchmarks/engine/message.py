"""What is said: an update of an incident, by a template that comes with the product."""

import time

from audiences.models import Segment
from messaging.models import Template
from messaging.services.broadcasts import Announcement
from messaging.services.placeholders import FACTS

FACTS_OF = {
    "en": {
        "title": "Logins fail for some customers",
        "components": "Login and single sign-on",
        "update": "We have found the cause in our session store and are moving traffic to the "
        "second data centre. About a third of all logins work again since 14:05. **Data is not "
        "affected**, and whoever is logged in stays logged in.",
        "effect": "Logging in can fail or take up to a minute. Scheduled exports start late.",
        "self_help": "",
        "workaround": "Try again after a minute, or use the API with a key you already have.",
        "next_update": "15:30 (CEST)",
        "incident_url": "https://status.example.com/incidents/logins-fail/",
    },
    "de": {
        "title": "Anmeldung schlägt bei einigen Kunden fehl",
        "components": "Anmeldung und Single Sign-on",
        "update": "Wir haben die Ursache in unserem Sitzungsspeicher gefunden und leiten die "
        "Anfragen in das zweite Rechenzentrum um. Seit 14:05 Uhr gelingt etwa ein Drittel aller "
        "Anmeldungen wieder. **Daten sind nicht betroffen**, und wer angemeldet ist, bleibt es.",
        "effect": "Die Anmeldung kann fehlschlagen oder bis zu einer Minute dauern. Geplante "
        "Exporte beginnen verspätet.",
        "self_help": "",
        "workaround": "Versuchen Sie es nach einer Minute noch einmal, oder nutzen Sie die API mit "
        "einem vorhandenen Schlüssel.",
        "next_update": "15:30 Uhr (MESZ)",
        "incident_url": "https://status.example.com/incidents/logins-fail/",
    },
}


def to(segment: Segment) -> Announcement:
    shared = dict.fromkeys(FACTS, "") | {"organisation": "Example"}
    return Announcement(
        title="Logins fail",
        template=Template.objects.get(slug="update"),
        facts={language: shared | facts for language, facts in FACTS_OF.items()},
        # A thread of its own each time: an earlier message of the same story is superseded.
        thread=f"bench-{time.time_ns()}",
        channels=["email"],
        segments=[segment],
    )
