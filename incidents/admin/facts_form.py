"""What is known of an incident, changed along with an update."""

from typing import Any

from django import forms

from audiences.admin.texts import texts_widget
from incidents.models import Incident
from incidents.models.facts import FACTS, INTERNAL_FACTS, PUBLIC_FACTS, Known, changed, field_of
from incidents.models.plans import Kind
from incidents.services import leaks

# A maintenance has its own: what is done, the risk, the way back.
OF_INCIDENT_ALONE = ("action", "cause", "technical_cause")


class FactsForm(forms.Form):
    """The facts as the incident has them; what does not belong to its kind is left out."""

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident = incident
        for name in self.fact_names():
            widget = texts_widget(single_line=False)
            self.fields[name] = field_of(name).formfield(widget=widget)

    def fact_names(self) -> list[str]:
        is_maintenance = self.incident.kind == Kind.MAINTENANCE
        return [one for one in FACTS if not (is_maintenance and one in OF_INCIDENT_ALONE)]

    def public_facts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fact_names() if name in PUBLIC_FACTS]

    def internal_facts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fact_names() if name in INTERNAL_FACTS]

    @property
    def has_wrong_facts(self) -> bool:
        return any(self[name].errors for name in self.fact_names())

    def facts(self) -> Known:
        """As they are to be."""
        return {name: self.cleaned_data[name] for name in self.fact_names()}

    def changed_facts(self) -> set[str]:
        entered = {name: self.cleaned_data.get(name) or {} for name in self.fact_names()}
        return set(changed(self.incident, entered))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        refuse_leaks(self, cleaned, PUBLIC_FACTS)
        return cleaned


def refuse_leaks(form: forms.BaseForm, cleaned: dict[str, Any], public: tuple[str, ...]) -> None:
    """Add an error to each text for customers that says what a technical fact says."""
    said = {name: cleaned.get(name) or {} for name in public}
    kept = {name: cleaned.get(name) or {} for name in INTERNAL_FACTS}
    for name, because in leaks.in_texts(said=said, kept=kept).items():
        form.add_error(name, because)
