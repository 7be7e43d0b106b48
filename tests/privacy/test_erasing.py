"""An erasure outlives its request: own rows at once, the texts of others by a worker."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from audiences import tasks
from audiences.models import Contact, Erasure, SignUp
from audiences.services import erased, erasure, erasure_steps, erasure_turns, everywhere
from audiences.services.traces import Traces
from messaging.models import Delivery
from messaging.services import barring
from messaging.states import State
from tests.factories import NOON, ContactFactory, IncidentFactory
from tests.privacy.conftest import MAIL, NAME, NUMBER, Known
from tests.privacy.dump import places


def carry_on(one: Erasure) -> Erasure:
    while Erasure.objects.filter(pk=one.pk, finished_at=None, problem="").exists():
        erasure_turns.carry_on(pk=one.pk, now=NOON)
    one.refresh_from_db()
    return one


def test_their_own_rows_are_gone_when_the_request_is_over(known: Known, lead: User) -> None:
    begun = erasure.request(ids=[known.contact.pk], by=lead, now=NOON)

    assert not Contact.objects.filter(pk=known.contact.pk).exists()
    assert erased.is_erased(channel="email", address=MAIL)
    assert not Delivery.objects.filter(state__in=[State.PENDING, State.CLAIMED]).exists()
    assert LogEntry.objects.get(user=lead, object_id=str(known.contact.pk)).is_deletion()
    assert begun.finished_at is None


def test_a_worker_takes_them_out_of_the_texts_of_others(known: Known, lead: User) -> None:
    begun = erasure.request(ids=[known.contact.pk], by=lead, now=NOON)
    before = places(NAME, MAIL, NUMBER)

    carry_on(begun)

    assert "incidents_drill.lessons" in before
    assert places(NAME, MAIL, NUMBER) == []
    assert (begun.finished_at, begun.people, begun.contacts) == (NOON, [], [])
    assert begun.texts >= 4


@pytest.fixture
def crowd(db: None, monkeypatch: pytest.MonkeyPatch) -> list[Contact]:
    monkeypatch.setattr(erasure_steps, "AT_ONCE", 2)
    return [
        ContactFactory(name=f"Iva Nummer{n}", email=f"iva.nummer{n}@example.com") for n in range(5)
    ]


def ids(people: list[Contact]) -> list[int]:
    return [one.pk for one in people]


def test_whoever_waits_for_their_turn_hears_nothing_any_more(
    crowd: list[Contact], lead: User
) -> None:
    begun = erasure.request(ids=ids(crowd), by=lead, now=NOON)

    assert Contact.objects.filter(pk__in=ids(crowd), paused_until__year=9999).count() == 5
    assert begun.contacts == ids(crowd)


def test_of_many_nobody_is_left_out(crowd: list[Contact], lead: User) -> None:
    said = ", ".join(f"{one.name} <{one.email}>" for one in crowd)
    incident = IncidentFactory(effect={"en": said})

    begun = carry_on(erasure.request(ids=ids(crowd), by=lead, now=NOON))

    incident.refresh_from_db()
    assert incident.effect["en"] == ", ".join(["[erased] <[erased]>"] * 5)
    assert not Contact.objects.filter(pk__in=ids(crowd)).exists()
    # By one look for two of them: three people share the row.
    assert begun.texts == 3
    assert LogEntry.objects.filter(user=lead, action_flag=3).count() == 5


def test_many_are_looked_for_in_one_pass(
    crowd: list[Contact], lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure_steps, "AT_ONCE", 50)
    passes = list[int]()
    scrub = everywhere.scrub

    def counted(**given: object) -> int:
        passes.append(len(given["people"]))  # type: ignore[arg-type]
        return scrub(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(everywhere, "scrub", counted)

    carry_on(erasure.request(ids=ids(crowd), by=lead, now=NOON))

    assert passes == [5] * everywhere.places()


def test_a_worker_that_died_loses_one_table_only(
    known: Known, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = erasure.request(ids=[known.contact.pk], by=lead, now=NOON)
    for _table in range(10):
        erasure_steps.step(pk=begun.pk, now=NOON)
    with monkeypatch.context() as patch:
        patch.setattr(everywhere, "scrub", _dies)
        with pytest.raises(KeyboardInterrupt):
            erasure_steps.step(pk=begun.pk, now=NOON)
    begun.refresh_from_db()
    before = begun.tables_done

    carry_on(begun)

    assert before == 10
    assert places(NAME, MAIL, NUMBER) == []


def _dies(**given: object) -> int:
    raise KeyboardInterrupt


def test_what_kept_it_from_going_on_is_named_and_tried_again(
    known: Known, lead: User, lead_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = erasure.request(ids=[known.contact.pk], by=lead, now=NOON)
    with monkeypatch.context() as patch:
        patch.setattr(everywhere, "scrub", _refuses)
        erasure_turns.carry_on(pk=begun.pk, now=NOON)
    stuck = lead_client.get(page("change", begun)).content.decode()
    woken = list[str]()
    monkeypatch.setattr(erasure_turns, "call", woken.append)

    tasks.sweep_erasures()
    tasks.carry_erasure_on(erasure_id=begun.pk)

    assert "OperationalError" in stuck
    assert "canceling statement" not in stuck
    assert woken[:1] == [begun.pk]
    begun.refresh_from_db()
    assert begun.problem == ""
    assert begun.tables_done > 0 or begun.finished_at


def _refuses(**given: object) -> int:
    raise OperationalError("canceling statement due to statement timeout")


def test_who_comes_back_meanwhile_is_a_new_person(known: Known, lead: User) -> None:
    begun = erasure.request(ids=[known.contact.pk], by=lead, now=NOON)
    back = ContactFactory(name=NAME, email=MAIL)
    asked = SignUp.objects.create(wish="link", channel="sms", address=NUMBER, language="de")

    carry_on(begun)

    back.refresh_from_db()
    asked.refresh_from_db()
    assert (back.name, back.email, asked.address) == (NAME, MAIL, NUMBER)


@pytest.mark.parametrize("name", ["Иван Петров", "Ö Li", "Łukasz Żółć"])
def test_a_name_with_few_of_our_letters_is_found_too(name: str, lead: User) -> None:
    contact = ContactFactory(name=name, email="p1@example.com")
    incident = IncidentFactory(effect={"en": f"{name.upper()} wrote: {name}."})
    entry = LogEntry.objects.log_actions(
        user_id=lead.pk,
        queryset=[incident],
        action_flag=2,
        change_message=[{"changed": {"fields": [name]}}],
        single_object=True,
    )

    erasure.erase(contact=contact, by=None, now=NOON)

    incident.refresh_from_db()
    entry.refresh_from_db()
    assert incident.effect["en"] == "[erased] wrote: [erased]."
    assert "[erased]" in entry.change_message


def test_what_sends_at_the_moment_passes_over_who_waits(known: Known, lead: User) -> None:
    """A sender asks for a pause once more before each message."""
    ContactFactory.create_batch(erasure_steps.AT_ONCE)
    everybody = list(Contact.objects.values_list("pk", flat=True))

    erasure.request(ids=everybody, by=lead, now=NOON)

    pending = Delivery.objects.filter(pk=known.pending.pk)
    [claimed] = barring.look_at(pending, known.pending.broadcast)
    assert claimed.is_paused


def page(name: str, one: Erasure) -> str:
    return reverse(f"admin:audiences_erasure_{name}", args=[one.pk])


def test_the_page_says_how_far_it_is_and_what_came_of_it(lead_client: Client, known: Known) -> None:
    answer = lead_client.post(
        reverse("admin:audiences_contact_erase", args=[known.contact.pk]), {"typed": MAIL}
    )
    begun = Erasure.objects.get()
    working = lead_client.get(page("change", begun)).content.decode()
    asked = lead_client.get(page("progress", begun)).json()
    carry_on(begun)
    over = lead_client.get(page("change", begun)).content.decode()
    listed = lead_client.get(reverse("admin:audiences_erasure_changelist")).content.decode()

    assert answer["Location"] == page("change", begun)
    assert "Being erased: 0 of" in working
    assert (asked["state"], asked["is_over"]) == ("at work", False)
    assert f"Erased. Others had named them in {begun.texts} texts." in over
    assert "erased" in listed
    for shown in (working, over, listed):
        assert MAIL not in shown
        assert NAME not in shown


def test_erasing_many_leads_to_their_page(lead_client: Client, crowd: list[Contact]) -> None:
    answer = lead_client.post(
        reverse("admin:audiences_contact_changelist"),
        {
            "action": "erase_many",
            "_selected_action": ids(crowd),
            "confirmed": "yes",
            "typed": "5",
        },
    )

    begun = Erasure.objects.get()
    waiting = lead_client.get(page("change", begun)).content.decode()
    assert answer["Location"] == page("change", begun)
    assert "5 people are waiting for their turn" in waiting


def test_somebody_without_an_address_of_their_own_is_looked_for_by_name(lead: User) -> None:
    ContactFactory(name="Bo", email="bo@example.com", phone=NUMBER)
    zoe = ContactFactory(name=NAME, email="zoe@example.com", phone=NUMBER)
    incident = IncidentFactory(effect={"en": f"{NAME} ({NUMBER})"})

    erasure.erase(contact=zoe, by=None, now=NOON)

    incident.refresh_from_db()
    assert incident.effect["en"] == f"[erased] ({NUMBER})"


def test_nobody_named_costs_no_look(lead: User) -> None:
    assert Traces.of_addresses([]).scrub(Contact.objects.all(), "name") == 0
