"""What a file says of accounts themselves."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from audiences.models import Account, ComponentUse, Contact
from audiences.services import account_details, exports, import_steps, uses
from audiences.services.intake import headings
from audiences.services.intake.fields import FIELDS
from audiences.services.intake.rows import ContactRow
from tests.audiences.test_imports import Run, reasons
from tests.audiences.test_imports import run as run
from tests.factories import AccountFactory, ComponentFactory, ContactFactory, UserFactory

pytestmark = pytest.mark.django_db
HEADINGS = "email,Firma,Kundennummer,Tier,Kundenart,Kundenbetreuer,Firmensprache,Firma Zeitzone\n"


def test_a_file_says_what_kind_of_account_it_is(run: Run) -> None:
    kim = UserFactory(username="kim", email="Kim@example.com")
    north = AccountFactory(name="Nord KG", external_id="N1")

    report = run(
        HEADINGS + "ana@example.com,Nord KG,N1,Key Account,Partner,KIM,Deutsch,europe/vienna\n"
        "bo@example.org,Süd KG,N2,standard,,kim@EXAMPLE.com,,\n"
    )

    north.refresh_from_db()
    south = Account.objects.get(external_id="N2")
    assert (north.tier, north.kind, north.account_manager) == ("key", "partner", kim)
    assert (north.language, north.time_zone) == ("de", "Europe/Vienna")
    assert (south.tier, south.kind, south.account_manager) == ("standard", "customer", kim)
    assert (report.counts.accounts_updated, report.counts.accounts_created) == (1, 1)
    assert not Contact.objects.exclude(attributes={}).exists()
    assert run(HEADINGS + "ana@example.com,,N1,key,,,,\n").counts.accounts_updated == 0


def test_the_preview_counts_the_same_and_changes_nothing(run: Run) -> None:
    AccountFactory(external_id="N1")

    lines = "email,account id,tier,Art\na@x.de,N1,key,x\nb@x.de,N1,key,y\n"
    report = run(lines, dry_run=True)

    assert report.counts.accounts_updated == 1
    assert Account.objects.get().tier == "standard"
    assert report.notes == {"These columns go into the profile: Art.": 0}


@pytest.mark.parametrize(
    ("heading", "said", "why"),
    [
        ("tier", "gold", "standard, key"),
        ("account kind", "internal", "customer, partner"),
        ("Firmensprache", "Klingon", "de, en"),
        ("Firma Zeitzone", "Narnia", "Europe/Berlin"),
    ],
)
def test_what_no_account_can_have_refuses_the_row(
    run: Run, heading: str, said: str, why: str
) -> None:
    report = run(f"email,account id,{heading}\nana@example.com,N1,{said}\n")

    assert said in reasons(report.refused)[2]
    assert why in reasons(report.refused)[2]
    assert not Account.objects.exists()


def test_a_manager_nobody_knows_is_told_and_costs_nobody(run: Run) -> None:
    kim = UserFactory(username="kim")
    AccountFactory(external_id="N1", account_manager=kim)

    report = run("email,account id,account manager\nana@example.com,N1,lee\n")

    assert "manager stays" in reasons(report.warnings)[2]
    assert Account.objects.get().account_manager == kim
    assert report.counts.created == 1


def test_a_manager_who_left_is_told_once_and_stays(run: Run, tmp_path: Path) -> None:
    kim = UserFactory(username="Kim", is_active=False)
    for number in range(2):
        account = AccountFactory(account_manager=kim, name=f"Nord {number}")
        ContactFactory(account=account)
    exports.write_csv(Contact.objects.all(), tmp_path / "exported.csv")

    report = run((tmp_path / "exported.csv").read_bytes())

    said = "“kim” may not log in any more: where the file names them, the account’s manager stays."
    assert (report.warnings, report.notes) == ([], {said: 2})
    assert report.counts.accounts_updated == 0
    assert set(Account.objects.values_list("account_manager", flat=True)) == {kim.pk}


def test_the_words_of_german_pages_are_headings(run: Run) -> None:
    kim, checkout = UserFactory(username="kim"), ComponentFactory(slug="checkout")

    run("email,Unternehmen,Kundenbetreuung,Stufe,Dienste\na@x.de,Acme,kim,key,checkout\n")

    acme = Account.objects.get()
    assert (acme.account_manager, acme.tier) == (kim, "key")
    assert acme.uses.get().component == checkout.slug
    assert Contact.objects.get().attributes == {}


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_the_pages_call_a_column_is_its_heading(language: str) -> None:
    with override(language):
        labels = [str(label) for label in FIELDS.values()]

    assert headings.propose(labels, "DE").fields == tuple(FIELDS)


def test_a_file_says_which_components_an_account_uses_and_ends_no_use(run: Run) -> None:
    ComponentFactory(slug="checkout", name="Kasse"), ComponentFactory(slug="search")
    north = AccountFactory(external_id="N1")
    uses.add(component="old", accounts=[north.pk])
    lines = (
        "email,account id,Komponenten\n"
        'ana@example.com,N1,"Kasse; SEARCH"\nbo@example.org,N1,\ncy@example.net,N2,search|moon\n'
    )

    foreseen = run(lines, dry_run=True)
    done = run(lines)
    again = run(lines)

    used = ComponentUse.objects.order_by("component").values_list("component", flat=True)
    assert list(used.filter(account=north)) == ["checkout", "old", "search"]
    assert list(used.exclude(account=north)) == ["search"]
    assert [one.counts.accounts_updated for one in (foreseen, done, again)] == [1, 1, 0]
    said = "There is no component “moon”; no account uses it."
    assert foreseen.notes == done.notes == {said: 1}


def test_components_are_known_in_any_case_and_by_names_with_a_comma(run: Run) -> None:
    (
        ComponentFactory(slug="API", name="Schnittstelle"),
        ComponentFactory(slug="pay", name="On  line"),
    )
    ComponentFactory(slug="search", name="Suche, Index")

    report = run(
        "email,account id,components\n"
        'a@x.de,N1,"api, Suche,Index"\nb@x.de,N2,"Suche, Index;API"\nc@x.de,N3,On\xa0line\n'
    )

    used = ComponentUse.objects.order_by("account__external_id", "component")
    assert list(used.values_list("component", flat=True)) == [*("API", "API", "search", "pay")]
    assert report.notes == {
        f"There is no component “{name}”; no account uses it.": 1 for name in ("Suche", "Index")
    }


def test_a_name_that_two_components_have_is_told_and_not_guessed(run: Run) -> None:
    ComponentFactory(slug="eu-api", name="API"), ComponentFactory(slug="us-api", name="Api")

    report = run("email,account id,components\na@x.de,N1,API\nb@x.de,N1,us-api\n")

    said = "“API” may be eu-api, us-api: left out until the file says which, by its short name."
    assert report.notes == {said: 1}
    assert ComponentUse.objects.get().component == "us-api"


def test_the_last_row_about_an_account_counts_over_all_batches(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_steps, "BATCH", 2)
    monkeypatch.setattr(account_details, "AT_ONCE", 1)
    AccountFactory(external_id="N1"), AccountFactory(external_id="N2")
    lines = (
        "email,account id,tier\na@x.de,N1,standard\nb@x.de,N2,key\nc@x.de,N1,standard\n"
        "d@x.de,N3,standard\nf@x.de,N3,key\na@x.de,N1,key\n"
    )

    foreseen, done, again = run(lines, dry_run=True), run(lines), run(lines)

    assert set(Account.objects.values_list("tier", flat=True)) == {"key"}
    updated = [one.counts.accounts_updated for one in (foreseen, done, again)]
    assert updated == [2, 2, 0]
    said = "Rows say different things of account “%s”: the last one counts."
    assert foreseen.notes == done.notes == again.notes == {said % "N1": 1, said % "N3": 1}


def test_of_two_accounts_by_one_name_the_contacts_own_is_meant(run: Run) -> None:
    first, second = AccountFactory(name="Nord KG"), AccountFactory(name="Nord KG")
    ContactFactory(email="ana@example.com", account=second)

    run("email,account,tier\nana@example.com,Nord KG,key\n")

    first.refresh_from_db(), second.refresh_from_db()
    assert (first.tier, second.tier) == ("standard", "key")


def test_of_names_that_compare_alike_the_one_spelled_so_is_meant(run: Run) -> None:
    first, second = AccountFactory(name="ACME"), AccountFactory(name="Acme")

    run("email,account,tier\nana@example.com,Acme,key\nbo@example.org,acme,\n")

    first.refresh_from_db(), second.refresh_from_db()
    assert (first.tier, second.tier) == ("standard", "key")
    people = Contact.objects.order_by("email")
    assert [one.account for one in people] == [second, first]


def test_a_tier_without_an_account_is_the_persons(run: Run) -> None:
    run("email,tier\nana@example.com,gold\n")

    assert Contact.objects.get().attributes == {"tier": "gold"}


def test_of_who_changes_the_account_in_a_file_the_new_one_gets_nothing_of_the_old(
    run: Run,
) -> None:
    run("email,account id,tier\nana@example.com,N1,key\nana@example.com,N2,\n")

    assert Account.objects.get(external_id="N2").tier == "standard"


@pytest.mark.parametrize("second", [",7", "Acme GmbH,7", "ACME,"])
def test_what_a_second_row_leaves_out_is_as_the_first_said(run: Run, second: str) -> None:
    ComponentFactory(slug="search")

    run(f"email,account,account id,tier,components\na@x.de,Acme,7,key,search\na@x.de,{second},,\n")

    acme = Account.objects.get()
    assert (acme.external_id, acme.tier) == ("7", "key")
    assert ComponentUse.objects.get().account == acme


def test_rows_mean_one_account_where_no_lookup_would_tell_two_apart() -> None:
    long = "ß" * 150

    first, second = (ContactRow(line=2, account=long + end) for end in "AB")

    assert first.may_share_account(second)


def test_of_who_changes_to_an_account_by_its_name_the_number_of_the_old_stays_with_it(
    run: Run,
) -> None:
    run("email,account,account id,tier\na@x.de,Acme,7,key\na@x.de,Nord KG,,\n")

    north = Contact.objects.get().account
    assert (north.name, north.external_id, north.tier) == ("Nord KG", None, "standard")


def test_an_own_language_outlasts_the_accounts(run: Run) -> None:
    account = AccountFactory(external_id="N1")
    ContactFactory(email="ana@example.com", account=account, language="en", is_locale_own=True)

    run("email,account id,language,Firmensprache\nana@example.com,N1,de,de\n")

    assert Contact.objects.get().spoken == "en"


def test_many_accounts_cost_no_more_queries_than_one(run: Run) -> None:
    UserFactory(username="kim")

    def cost(rows: int) -> int:
        lines = "".join(f"a{at}@x.de,X{rows}-{at},key,kim\n" for at in range(rows))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            run("email,account id,tier,account manager\n" + lines)
        return len(seen)

    cost(1)
    assert cost(2) == cost(30)
