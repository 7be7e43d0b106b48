"""Eight incidents that the example company has had, and what it said of each."""

from dataclasses import dataclass

from incidents.models import Status

SAID = (
    (
        Status.INVESTIGATING,
        {"de": "Wir sehen das Problem und suchen die Ursache.", "en": "We see it and are looking."},
    ),
    (
        Status.IDENTIFIED,
        {"de": "Die Ursache ist gefunden.", "en": "We have found the cause."},
    ),
    (
        Status.MONITORING,
        {"de": "Es läuft wieder. Wir beobachten es.", "en": "It works again. We are watching."},
    ),
    (Status.RESOLVED, {"de": "Das Problem ist behoben.", "en": "The problem is solved."}),
)


@dataclass(frozen=True)
class Past:
    """How many days ago, what, after how many minutes it was told and how many lay between two
    updates, and how many people answered afterwards."""

    days_ago: int
    component: str
    title: tuple[str, str]
    first_after: int
    every: int
    answers: int
    is_kept: bool = True

    @property
    def mood(self) -> float:
        """From 0 to 1: who hears early and often is content."""
        late, silent = min(self.first_after / 40, 1), min(self.every / 90, 1)
        return 1 - (late + silent) / 2


PAST = (
    Past(
        238,
        "tracking",
        ("Sendungsverlauf unvollständig", "Parcel history is incomplete"),
        41,
        95,
        9,
        False,
    ),
    Past(203, "sign-in", ("Anmeldung schlägt fehl", "Signing in fails"), 26, 60, 14),
    Past(
        171,
        "carriers",
        ("Übergabe an Paketdienste stockt", "Handing over to carriers stalls"),
        33,
        80,
        10,
        False,
    ),
    Past(142, "api", ("API antwortet langsam", "The API answers slowly"), 18, 45, 9),
    Past(
        109, "messages", ("Zustellnachrichten fehlen", "Delivery messages are missing"), 12, 50, 8
    ),
    Past(77, "portal", ("Portal nicht erreichbar", "The portal cannot be reached"), 9, 30, 15),
    Past(51, "pickups", ("Abholungen nicht buchbar", "Pickups cannot be booked"), 8, 30, 9),
    Past(24, "labels", ("Etiketten unlesbar gedruckt", "Labels are printed illegibly"), 5, 25, 12),
)
