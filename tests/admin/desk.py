"""Where the pages of an incident are, and what a manager types there."""

from django.urls import reverse

from incidents.models import Incident


def page(name: str, incident: Incident, *more: object) -> str:
    return reverse(f"admin:incidents_incident_{name}", args=[incident.pk, *more])


# The facts as `opened` has them.
UNCHANGED = {"effect_de": "Zahlen scheitert.", "workaround_en": ""}


def form_of(incident: Incident, **changes: str) -> dict[str, str]:
    """What the publish form sends; `changes` is what the manager typed."""
    component = incident.components.get()
    return {
        "status": "identified",
        "public_text_en": "We found the cause.",
        "public_text_de": "Wir kennen die Ursache.",
        "technical_text_en": "",
        "technical_text_de": "",
        "effect_en": "Paying fails.",
        "effect_de": "",
        "workaround_en": "Pay by invoice.",
        "workaround_de": "",
        "next_update": "30",
        "next_update_at_0": "",
        "next_update_at_1": "",
        f"component_{component.pk}": "partial_outage",
        **changes,
    }
