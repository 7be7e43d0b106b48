"""What the example company offers, and who wants to hear about what."""

from collections.abc import Mapping

from django.conf import settings

from audiences.models import AudienceKind, Detail, Segment
from audiences.services import topics
from audiences.services.topics import Subject
from incidents.models import Component, ComponentGroup

# group → (slug, name, what it is)
_SERVICES = {
    "Versand · Shipping": (
        ("labels", "LabelStation", "Versandetiketten · shipping labels"),
        ("carriers", "CarrierConnect", "Übergabe an Paketdienste · handing over to carriers"),
        ("pickups", "PickupNow", "Abholung · pickup"),
    ),
    "Tracking": (
        ("tracking", "TrackView", "Sendungsverfolgung · where each parcel is"),
        ("messages", "ParcelPing", "Zustellnachrichten · delivery messages"),
    ),
    "Plattform · Platform": (
        ("portal", "Portal", "Arbeitsplatz Ihres Teams · where your team works"),
        ("api", "API", "Anbindung von Shop und Lager · shop and warehouse"),
        ("sign-in", "Login", "Anmeldung · signing in"),
    ),
}
COMPONENTS = tuple(slug for services in _SERVICES.values() for slug, _name, _text in services)
_HINTS = {
    "labels": {
        "de": "Etiketten lassen sich auch im Portal unter „Versand → Stapel“ als PDF erzeugen.",
        "en": "Labels can also be made as PDF in the portal, under “Shipping → Batch”.",
    },
    "api": {
        "de": "Aufträge lassen sich im Portal als CSV-Datei einlesen.",
        "en": "Orders can be imported in the portal as a CSV file.",
    },
    "tracking": {
        "de": "Der Stand jeder Sendung steht auch auf der Seite des Paketdienstes.",
        "en": "Where a parcel is can also be seen on the carrier's own page.",
    },
}
# Without these nobody can work at all, whatever else they use.
EVERYBODY_NEEDS = ("portal", "sign-in")


def load() -> Mapping[str, Segment]:
    """Create the components and the segments; returns the segments by slug."""
    segments = _audiences()
    for position, (group_name, services) in enumerate(_SERVICES.items()):
        group = ComponentGroup.objects.create(name=group_name, position=position)
        for place, (slug, name, description) in enumerate(services):
            component = Component.objects.create(
                group=group,
                slug=slug,
                name=name,
                description=description,
                hint=_HINTS.get(slug, {}),
                position=position * 10 + place,
            )
            followers = _followers(component)
            component.dependents.add(followers)
            if slug in EVERYBODY_NEEDS:
                component.dependents.add(segments["customers"], segments["partners"])
            segments[followers.slug] = followers
    return segments


def _followers(component: Component) -> Segment:
    german, _point, english = component.description.partition(" · ")
    subject = Subject(topics.component(component.slug), {settings.LANGUAGE_CODE: component.name})
    [followers] = topics.follow(subjects=[subject])
    followers.description = {"de": f"{german}.", "en": f"{english[:1].upper()}{english[1:]}."}
    followers.save(update_fields=["description"])
    return followers


def _audiences() -> dict[str, Segment]:
    return {
        segment.slug: segment
        for segment in (
            Segment.objects.create(
                slug="customers",
                name="Customers",
                public_name={"de": "Alles für Kunden", "en": "Everything for customers"},
                description={
                    "de": "Störungen und Wartungen aller Dienste.",
                    "en": "Incidents and maintenance of all services.",
                },
                is_listed=True,
            ),
            Segment.objects.create(
                slug="key-accounts",
                name="Key accounts",
                public_name={"de": "Großkunden", "en": "Key accounts"},
                rule={"all": [{"field": "account.tier", "equals": "key"}]},
            ),
            Segment.objects.create(
                slug="partners",
                name="Partners",
                public_name={"de": "Für Partner", "en": "For partners"},
                description={
                    "de": "Was Schnittstellen und Übergaben betrifft.",
                    "en": "What concerns interfaces and handovers.",
                },
                kind=AudienceKind.PARTNER,
                is_listed=True,
            ),
            Segment.objects.create(
                slug="operations",
                name="Operations team",
                public_name={"de": "Betrieb", "en": "Operations team"},
                kind=AudienceKind.INTERNAL,
                detail=Detail.TECHNICAL,
            ),
        )
    }
