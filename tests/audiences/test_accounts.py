"""Which company a file means: by its number, or else by its name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from audiences.models import Account, Contact
from audiences.services import imports
from audiences.services.intake.report import Report
from tests.factories import NOON, AccountFactory, ContactFactory

pytestmark = pytest.mark.django_db
Run = Callable[[str], Report]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Rehearses, imports, and compares what was foreseen with what came of it."""

    def _run(rows: str) -> Report:
        file = tmp_path / "people.csv"
        file.write_text(f"email,Firma,Kundennummer\n{rows}")
        foreseen = imports.run(job=imports.Job(file=file, dry_run=True), now=NOON)
        done = imports.run(job=imports.Job(file=file), now=NOON)
        assert foreseen.counts == done.counts
        assert foreseen.notes == done.notes
        return done

    return _run


@pytest.mark.parametrize(
    "typed", ["ölmühle", "ÖLMÜHLE straße", "strasse öl", "nord ÖLMÜHLE", "kd-7", "Ölmu\u0308hle"]
)
def test_an_account_is_found_by_any_of_its_words_in_any_case(
    lead_client: Client, typed: str
) -> None:
    AccountFactory(name="Nord-Ölmühle Straße 1", external_id="KD-77")
    AccountFactory(name="Another", external_id="X-1")
    page = reverse("admin:audiences_account_changelist")

    found = lead_client.get(page, {"q": typed}).context["cl"].result_list

    assert [one.name for one in found] == ["Nord-Ölmühle Straße 1"]


@pytest.mark.parametrize("first", ["", "Zeta GmbH"])
def test_a_company_is_called_by_its_name_wherever_the_file_says_it(run: Run, first: str) -> None:
    second = "" if first else "Zeta GmbH"

    run(f"a@example.com,{first},N1\nb@example.com,{second},N1\nc@example.com,Zeta AG,N1\n")

    assert Account.objects.get().name == "Zeta GmbH"


def test_a_later_file_names_a_company_that_was_known_by_its_number(run: Run) -> None:
    run("a@example.com,,N1\n")
    run("a@example.com,Zeta AG,N1\n")
    run("a@example.com,Zeta SE,N1\n")

    assert Account.objects.get().name == "Zeta AG"


def test_a_company_known_by_its_name_gets_the_number_a_file_brings(run: Run) -> None:
    theta = AccountFactory(name="Theta KG", external_id=None, tier="key")
    ContactFactory(email="a@example.com", account=theta)

    report = run("a@example.com,Theta KG,N2\nb@example.com,Theta KG,N2\n")
    again = run("c@example.com,Theta KG,\n")

    theta.refresh_from_db()
    assert (theta.external_id, theta.tier) == ("N2", "key")
    assert set(Contact.objects.values_list("account", flat=True)) == {theta.pk}
    assert (report.counts.accounts_created, again.counts.accounts_created) == (0, 0)


def test_a_company_is_one_however_case_and_spaces_are_written(run: Run) -> None:
    known = AccountFactory(name="Nordlicht GmbH", external_id=None)
    ContactFactory(email="a@example.com", account=known)

    report = run(
        "a@example.com,nordlicht gmbh ,\nb@example.com,NORDLICHT  GmbH,\n"
        "c@example.com,Mu\u0308hle KG,\nd@example.com,M\u00fchle kg,\n"
        "e@example.com,M\u00fchle AG,\n"
    )

    assert {one.email for one in known.contact_set.all()} == {"a@example.com", "b@example.com"}
    assert Account.objects.count() == 3
    assert (report.counts.accounts_created, report.counts.unchanged) == (2, 1)


def test_a_number_and_another_spelling_of_the_name_are_one_company(run: Run) -> None:
    theta = AccountFactory(name="Theta KG", external_id=None)

    run("a@example.com,THETA KG,N2\n")
    report = run("a@example.com,theta  kg,N2\n")

    theta.refresh_from_db()
    assert (theta.name, theta.external_id, report.notes) == ("Theta KG", "N2", {})


@pytest.mark.parametrize("others", [["Theta KG"], []])
def test_where_the_name_may_mean_several_nobody_gets_a_number(run: Run, others: list[str]) -> None:
    for name in ("Theta KG", *others):
        AccountFactory(name=name, external_id=None)
    rival = "" if others else "b@example.com,Theta KG,N3\n"

    report = run(f"a@example.com,Theta KG,N2\n{rival}")

    assert report.counts.accounts_created == (1 if others else 2)
    assert Account.objects.filter(name="Theta KG", external_id=None).count() == 1 + len(others)


def test_a_company_that_is_called_otherwise_keeps_its_name_and_that_is_said(run: Run) -> None:
    AccountFactory(name="Zeta GmbH", external_id="Z1")
    # Known by its number alone: any name is news.
    AccountFactory(name="Y1", external_id="Y1")

    report = run("ana@example.com,Zeta AG,Z1\nbo@example.org,Ypsilon,Y1\ncy@example.org,,Z1\n")

    assert set(Account.objects.values_list("name", flat=True)) == {"Zeta GmbH", "Ypsilon"}
    assert report.notes == {
        "Account Z1 is called “Zeta GmbH” here, and “Zeta AG” in the file: it keeps its name.": 1
    }
