"""What is known of an incident and its services, changed along with an update."""

from collections.abc import Sequence
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.admin.texts import texts_widget
from incidents.admin.shown_form import ShownForm
from incidents.models import Component, Incident, IncidentComponent
from incidents.models.facts import FACTS, INTERNAL_FACTS, PUBLIC_FACTS, Known, changed, field_of
from incidents.models.plans import Kind
from incidents.services import leaks

# A maintenance has its own: what is done, the risk, the way back.
OF_INCIDENT_ALONE = ("action", "cause", "technical_cause")


class FactsForm(ShownForm):
    """The facts as the incident has them; what does not belong to its kind is left out."""

    affected: Sequence[IncidentComponent] = ()

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident = incident
        for name in self.fact_names():
            widget = texts_widget(single_line=False)
            self.fields[name] = field_of(name).formfield(widget=widget)

    def add_components(self, rows: Sequence[IncidentComponent]) -> None:
        self.affected = rows
        for row in rows:
            self.fields[component_field(row)] = _component_choice(row)

    def as_it_is(self) -> dict[str, Any]:
        facts = {name: getattr(self.incident, name) for name in self.fact_names()}
        return {**facts, **{component_field(row): row.status for row in self.affected}}

    def component_fields(self) -> list[forms.BoundField]:
        return [self[component_field(row)] for row in self.affected]

    def component_statuses(self) -> dict[int, str]:
        """Those that were changed, by the ids of the components."""
        names = {row.component_id: component_field(row) for row in self.affected}
        return {pk: self.cleaned_data[name] for pk, name in names.items() if name in self.touched}

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
        """Those that were changed, as they are to be."""
        return {name: self.cleaned_data[name] for name in self.fact_names() if name in self.touched}

    def changed_facts(self) -> set[str]:
        entered = {name: self.cleaned_data.get(name) or {} for name in self.fact_names()}
        return set(changed(self.incident, entered))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        refuse_leaks(self, cleaned, PUBLIC_FACTS)
        return cleaned


def component_field(row: IncidentComponent) -> str:
    return f"component_{row.component_id}"


def _component_choice(row: IncidentComponent) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=row.component.name,
        choices=Component.Status.choices,
        initial=row.status,
        widget=UnfoldAdminSelectWidget,
    )


def refuse_leaks(form: forms.BaseForm, cleaned: dict[str, Any], public: tuple[str, ...]) -> None:
    """Add an error to each text for customers that says what a technical fact says."""
    said = {name: cleaned.get(name) or {} for name in public}
    kept = {name: cleaned.get(name) or {} for name in INTERNAL_FACTS}
    for name, because in leaks.in_texts(said=said, kept=kept).items():
        form.add_error(name, because)
