"""Which plans are offered where one is chosen by hand."""

from typing import Any

from django import forms
from django.db.models import Q

from incidents.models import Plan


def offer_active(form: forms.ModelForm[Any], *, kind: str = "") -> None:
    """The active versions alone, and the one that is chosen already; a draft is not ready, and
    what was retired is not wanted any more."""
    field = form.fields.get("plan")
    if not isinstance(field, forms.ModelChoiceField):
        return  # Shown only.
    wanted = Q(status=Plan.Status.ACTIVE) | Q(pk=form.instance.plan_id)
    plans = Plan.objects.filter(wanted).order_by("name", "-version")
    field.queryset = plans.filter(kind=kind) if kind else plans
