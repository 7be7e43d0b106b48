"""A list says in words what has no colour of its own."""

from copy import copy
from datetime import date

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from incidents.models import Plan
from tests.factories import AccountFactory


def list_of(client: Client, model: str) -> str:
    address = reverse(f"admin:{model}_changelist")
    return client.get(address, headers={"accept-language": "de"}).content.decode()


def test_a_customer_of_the_standard_tier_is_called_so_in_the_readers_language(
    lead_client: Client,
) -> None:
    AccountFactory(kind="customer", tier="standard")

    shown = list_of(lead_client, "audiences_account")

    assert "Kunde" in shown
    assert "\ncustomer\n" not in shown


def test_a_review_that_is_still_ahead_shows_its_date(lead_client: Client, plan: Plan) -> None:
    Plan.objects.update(review_on=date(2099, 4, 1))

    assert "1. April 2099" in list_of(lead_client, "incidents_plan")


COLOURED = [
    (model_admin, column)
    for model_admin in admin.site._registry.values()
    for column in model_admin.list_display
    if isinstance(getattr(getattr(model_admin, str(column), None), "label", None), dict)
]


@pytest.mark.parametrize(("model_admin", "column"), COLOURED, ids=str)
def test_a_state_without_a_colour_stays_grey(model_admin: admin.ModelAdmin, column: str) -> None:
    colours = copy(getattr(model_admin, column).label)

    assert colours["a state of tomorrow"] == ""
