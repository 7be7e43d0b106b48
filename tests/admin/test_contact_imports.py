"""From a file to contacts, as somebody does it in the admin."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audiences.models import Account, ConsentEvent, Contact, ContactImport, Segment, Subscription
from audiences.services import import_files, import_steps, import_turns, imports
from tests.factories import NOON, AccountFactory, ComponentFactory, SegmentFactory, UserFactory

pytestmark = pytest.mark.django_db
UPLOAD = "admin:audiences_contactimport_add"
CONTENT = b"email,Spitzname\nana@example.com,Anni\nnobody,=1+1\n"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiences.services.wake.publish", lambda task, **kwargs: True)


@pytest.fixture
def customers() -> Segment:
    return SegmentFactory(slug="customers", name="Customers")


def upload(
    client: Client, segment: Segment | None = None, content: bytes = CONTENT, **more: str
) -> HttpResponse:
    form = {"file": SimpleUploadedFile("people.csv", content), "channels": ["email"]}
    form |= {"region": "DE", "consent_text": "Contract", "segment": segment.pk if segment else ""}
    return client.post(reverse(UPLOAD), form | more)


def page(name: str, one: ContactImport) -> str:
    return reverse(f"admin:audiences_contactimport_{name}", args=[one.pk])


def clerk(*rights: str) -> Client:
    """Somebody who may import people, and nothing more."""
    names = ("add_contact", "change_contact", "add_contactimport", "change_contactimport")
    user = UserFactory(is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=(*names, "view_contactimport", *rights))
    )
    client = Client()
    client.force_login(user)
    return client


def test_a_file_is_uploaded_looked_at_and_imported(
    lead_client: Client, lead: User, customers: Segment
) -> None:
    answer = upload(lead_client, customers)
    one = ContactImport.objects.get()
    preview = lead_client.get(answer.url).content.decode()
    assert (one.state, one.created_by, Contact.objects.count()) == ("previewed", lead, 0)
    for said in ("ana@example.com", "spitzname: Anni", "Line 3", "has no @"):
        assert said in preview

    lead_client.post(page("start", one))
    import_turns.carry_on(pk=one.pk, now=NOON)

    assert Subscription.objects.get().contact.email == "ana@example.com"
    assert ConsentEvent.objects.get().evidence.endswith(" by lead.")
    done = lead_client.get(page("change", one)).content.decode()
    assert page("refused", one) in done
    assert "(&#x27;done" not in done
    refused = b"".join(lead_client.get(page("refused", one)).streaming_content).decode("utf-8-sig")
    assert refused.splitlines()[0] == "line,reason,email,Spitzname"
    assert refused.splitlines()[1].endswith(",nobody,'=1+1")


def test_all_refused_rows_are_handed_out_before_anything_is_imported(lead_client: Client) -> None:
    many = b"".join(b"no-at-%d,x\n" % number for number in range(import_steps.SHOWN + 5))
    upload(lead_client, content=CONTENT + many)
    one = ContactImport.objects.get()

    shown = lead_client.get(page("change", one)).text
    file = b"".join(lead_client.get(page("refused", one)).streaming_content).decode("utf-8-sig")

    assert page("refused", one) in shown
    assert len(file.splitlines()) == 1 + 1 + import_steps.SHOWN + 5
    assert "no-at-54" in file


def test_how_many_refused_rows_are_kept_is_said(
    lead_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_steps, "KEPT", 1)
    upload(lead_client, content=CONTENT + b"nobody else,\n")
    one = ContactImport.objects.get()
    lead_client.post(page("start", one))
    import_turns.carry_on(pk=one.pk, now=NOON)

    assert "The first 1 of 2 refused rows were kept" in lead_client.get(page("change", one)).text


def test_where_the_consent_comes_from_is_asked(lead_client: Client, customers: Segment) -> None:
    refused = upload(lead_client, customers, consent_text=" ")

    assert "it is kept as evidence" in refused.context["form"].errors["consent_text"][0]
    assert not ContactImport.objects.exists()


def test_who_may_not_change_subscriptions_imports_people_alone(customers: Segment) -> None:
    client = clerk()

    upload(client, customers, content=b"email,segments\nana@example.com,customers\n")
    one = ContactImport.objects.get()
    client.post(page("start", one))
    import_turns.carry_on(pk=one.pk, now=NOON)

    assert Contact.objects.get().email == "ana@example.com"
    assert not Subscription.objects.exists()


ACCOUNT_COLUMNS = b"email,account id,tier,components\na@example.com,N1,key,checkout\n"


@pytest.fixture
def nord() -> Account:
    ComponentFactory(slug="checkout")
    return AccountFactory(external_id="N1")


@pytest.mark.parametrize(
    ("rights", "left_out", "tier", "used"),
    [
        ((), "tier, components", "standard", 0),
        (("change_account",), "components", "key", 0),
        (("add_componentuse",), "tier", "standard", 1),
    ],
    ids=["neither", "accounts", "uses"],
)
def test_of_accounts_a_file_changes_what_its_reader_may_and_the_rest_is_named(
    nord: Account, rights: tuple[str, ...], left_out: str, tier: str, used: int
) -> None:
    client = clerk(*rights)

    shown = client.get(upload(client, content=ACCOUNT_COLUMNS).url).text
    one = ContactImport.objects.get()
    client.post(page("start", one))
    import_turns.carry_on(pk=one.pk, now=NOON)

    assert f"You may not change this of accounts, so it is left out: {left_out}." in shown
    nord.refresh_from_db()
    assert (nord.tier, nord.uses.count()) == (tier, used)
    assert Contact.objects.get().account == nord


def test_what_another_brought_is_not_started_nor_chosen_by_who_may_not_change_accounts(
    lead_client: Client, nord: Account
) -> None:
    upload(lead_client, content=ACCOUNT_COLUMNS)
    one, client = ContactImport.objects.get(), clerk()

    refused = client.post(page("start", one)).text
    kept = {str(place): field for place, field in one.mapping.items()}
    chosen = client.post(page("columns", one), kept).context["form"].errors

    assert "You may not change this of accounts: tier, components." in refused
    assert set(chosen) == {"2", "3"}
    one.refresh_from_db()
    assert one.state == "previewed"


def test_columns_are_changed_before_anything_is_imported(lead_client: Client) -> None:
    upload(lead_client)
    one = ContactImport.objects.get()

    wrong = lead_client.post(page("columns", one), {"0": "name", "1": "name"})
    lead_client.post(page("columns", one), {"0": "email", "1": "name"})

    assert "Several columns" in wrong.content.decode()
    one.refresh_from_db()
    assert (one.state, one.mapping) == ("previewed", {"0": "email", "1": "name"})
    assert one.preview["sample"][0]["name"] == "Anni"


def test_two_addresses_of_one_kind_are_asked_about(lead_client: Client) -> None:
    upload(lead_client, content=b"email,E-Mail\na@example.com,b@example.com\n")
    one = ContactImport.objects.get()

    refused = lead_client.post(page("start", one))

    assert "Several columns" in lead_client.get(page("change", one)).text
    assert "Several columns" in refused.text
    lead_client.post(page("columns", one), {"0": "", "1": "email"})
    one.refresh_from_db()
    assert one.preview["sample"][0]["email"] == "b@example.com"


@pytest.mark.parametrize(
    "content", [b"email,name\n", b"Spitzname,Ort\nAnni,Ulm\n", b"email\nnobody\n"]
)
def test_what_holds_nobody_is_not_ready_to_import(lead_client: Client, content: bytes) -> None:
    upload(lead_client, content=content)
    one = ContactImport.objects.get()

    shown = lead_client.get(page("change", one)).text
    refused = lead_client.post(page("start", one))

    assert "cannot be imported" in shown
    assert page("start", one) not in shown
    assert "ready to import" not in shown
    assert refused.context["form"].non_field_errors()
    one.refresh_from_db()
    assert one.state == "previewed"


def test_sheet_and_lines_above_the_headings_are_told(lead_client: Client) -> None:
    upload(lead_client, content=b"x\ny\nemail\na@example.com\n", skip_rows="2", sheet="Any")

    assert ContactImport.objects.get().preview["headings"] == ["email"]


@pytest.mark.parametrize(("content", "said"), [(b"%PDF-1.7", "PDF"), (b"", "empty")])
def test_a_file_that_cannot_be_used_is_refused_at_its_field(
    lead_client: Client, content: bytes, said: str
) -> None:
    answer = upload(lead_client, content=content)

    assert said in str(answer.context["form"].errors["file"])
    assert not ContactImport.objects.exists()


def test_a_file_over_the_limit_is_refused_with_the_fix(
    lead_client: Client, settings: object
) -> None:
    settings.CONTACT_IMPORT_MAX_MB = 0

    answer = upload(lead_client)

    assert "CONTACT_IMPORT_MAX_MB" in str(answer.context["form"].errors["file"])


def test_progress_is_told_while_a_large_file_is_looked_at(
    lead_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "SMALL", 1)
    upload(lead_client)
    one = ContactImport.objects.get()

    shown = lead_client.get(page("change", one)).content.decode()
    told = lead_client.get(page("progress", one)).json()

    assert page("progress", one) in shown
    assert (told["state"], told["is_over"]) == ("uploaded", False)
    assert "0 of 2 rows looked at" in told["parts"]["numbers"]


def test_cancelling_keeps_the_row_and_removes_the_file(
    lead_client: Client, django_capture_on_commit_callbacks
) -> None:
    upload(lead_client)
    one = ContactImport.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        lead_client.post(page("cancel", one))

    one.refresh_from_db()
    assert one.state == "cancelled"
    assert not (import_files.folder() / one.file).exists()


@pytest.mark.parametrize("name", ["change", "progress", "refused", "start", "columns", "cancel"])
def test_nobody_without_permission_gets_near_an_import(name: str, lead_client: Client) -> None:
    upload(lead_client)
    one = ContactImport.objects.get()
    client = Client()
    client.force_login(UserFactory(is_staff=True))

    assert client.get(page(name, one)).status_code == 403
    assert client.get(reverse(UPLOAD)).status_code == 403


def test_who_may_not_change_contacts_may_not_import_them() -> None:
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_contactimport"))
    client = Client()
    client.force_login(user)

    assert upload(client).status_code == 403


@pytest.mark.parametrize(
    ("action", "start"), [("export_csv", b"\xef\xbb\xbfname,email"), ("export_xlsx", b"PK")]
)
def test_contacts_are_exported_as_the_list_shows_them(
    lead_client: Client, ana: Contact, bo: Contact, action: str, start: bytes
) -> None:
    address = reverse("admin:audiences_contact_changelist") + "?q=ana"
    form = {"action": action, "_selected_action": [str(ana.pk)], "select_across": "1"}

    content = b"".join(lead_client.post(address, form).streaming_content)

    assert content.startswith(start)
    if action == "export_csv":
        assert b"ana@example.com" in content
        assert b"bo@example.org" not in content
