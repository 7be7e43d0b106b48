import json
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from audiences.models import Account, ComponentUse, Contact, Segment, Subscription
from audiences.services import imports, uses
from audiences.services.intake import defusing
from tests.factories import (
    NOON,
    AccountFactory,
    ComponentFactory,
    ContactFactory,
    SegmentFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd() -> list[Contact]:
    twins = [Account.objects.create(name="Nord KG"), Account.objects.create(name="Nord KG")]
    zone = {"language": "de", "time_zone": "Europe/Vienna"}
    known = AccountFactory(name="Süd AG", external_id="K-7", kind="partner", **zone)
    Account.objects.filter(pk=twins[1].pk).update(tier="key", account_manager=UserFactory())
    for slug in ("checkout", "search"):
        ComponentFactory(slug=slug)
        uses.add(component=slug, accounts=[known.pk])
    ours = AccountFactory(name="We", kind="internal")
    ContactFactory(email="di@example.com", account=ours)
    ana = ContactFactory(email="ana@example.com", account=twins[1], name="=1+1")
    bo = ContactFactory(email="", phone="+491713920042", account=known, name="'=x", language="de")
    odd = {"Plan B": "-1", "email": "x", "number": 5, "list": ["a"], "text": "a\tb\r\n\x01_x0041_"}
    cy = ContactFactory(email="cy@example.net", attributes=odd, time_zone="Europe/Berlin")
    left = SegmentFactory(slug="customers")
    SubscriptionFactory(contact=ana, segment=left, state=Subscription.State.UNSUBSCRIBED)
    SubscriptionFactory(contact=cy, segment=left, channel="sms")
    return [ana, bo, cy]


def everything() -> list[object]:
    models = (Contact, Account, ComponentUse, Segment, Subscription)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("name", ["all.csv", "all.xlsx"])
def test_what_goes_out_comes_back_in_and_changes_nothing(
    name: str, crowd: list[Contact], tmp_path: Path
) -> None:
    before = everything()
    call_command("export_contacts", tmp_path / name)

    report = imports.run(job=imports.Job(file=tmp_path / name), now=NOON)

    assert everything() == before
    assert (report.counts.rows, report.counts.unchanged, report.refused) == (4, 4, [])
    assert (report.counts.accounts_updated, report.warnings) == (0, [])
    text = (tmp_path / name).read_text("utf-8-sig") if name.endswith("csv") else ""
    assert not text or '"checkout, search"' in text


def test_no_cell_begins_like_a_formula(crowd: list[Contact], tmp_path: Path) -> None:
    call_command("export_contacts", tmp_path / "all.csv")

    text = (tmp_path / "all.csv").read_text("utf-8-sig")
    assert "\n'=1+1,ana@example.com" in text
    assert "'+491713920042" in text
    assert "customers (email: unsubscribed)" in text


@pytest.mark.parametrize(
    "text",
    [
        *("=1", "'=1", "''+", "\t", "\r", "@a", "-", "'", "a", "", "'a"),
        *("a;=1", "a; =1;+2", "a\n=1", "a\r\n'=1", "\r=1", ";' =1", ";'' ' -", "a;b", "a'=1"),
    ],
)
def test_defusing_is_undone_to_the_letter(text: str) -> None:
    assert defusing.undo(defusing.defuse(text)) == text
    cells = re.split(r"[;\n\r]", defusing.defuse(text))
    assert not [one for one in cells if one.lstrip(" ").startswith(("=", "+", "-", "@", "\t"))]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"\.csv or \.xlsx"):
        call_command("export_contacts", tmp_path / "all.ods")


@pytest.mark.skipif(connection.vendor == "postgresql", reason="It stores none of this.")
@pytest.mark.parametrize("name", ["all.csv", "all.xlsx"])
def test_one_row_that_is_no_text_breaks_nothing(name: str, db: None, tmp_path: Path) -> None:
    ContactFactory(email="ana@example.com", attributes={"a": "x\ud800y"})
    ContactFactory(email="bo@example.com", name="Bo")

    call_command("export_contacts", tmp_path / name)

    report = imports.run(job=imports.Job(file=tmp_path / name), now=NOON)
    assert (report.counts.rows, report.refused) == (2, [])


@pytest.mark.skipif(connection.vendor == "postgresql", reason="It stores none of this.")
def test_a_persons_data_is_handed_out_whatever_it_holds(lead_client: Client) -> None:
    contact = ContactFactory(attributes={"a": "x\ud800y"})

    page = lead_client.post(reverse("admin:audiences_contact_person_data", args=[contact.pk]))

    assert json.loads(page.content)["contact"]["attributes"] == {"a": "x?y"}
