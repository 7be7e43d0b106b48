"""Lists of the team on the public form: whoever is logged in sees them, and vouches by right."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audiences.models import ConsentEvent, Contact, Segment, SignUp
from messaging.models import Delivery
from messaging.services import links, opt_ins
from tests.factories import SegmentFactory, UserFactory

pytestmark = pytest.mark.django_db
STRANGER = "stranger@elsewhere.example"


@pytest.fixture
def team() -> Segment:
    return SegmentFactory(
        name="Operations", kind="internal", detail="technical", is_listed=True, slug="operations"
    )


@pytest.fixture
def reader() -> User:
    """Somebody with a login and no right at all."""
    return UserFactory(username="reader", email="Reader@Mail.example", is_staff=True)


@pytest.fixture
def clerk() -> User:
    """Somebody who may subscribe people."""
    user: User = UserFactory(username="clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_subscription"))
    return user


def ask(user: User, *lists: Segment, email: str = STRANGER, phone: str = "") -> str:
    """What the page says to somebody who is logged in; "" where it took the form."""
    client = Client()
    client.force_login(user)
    given = {"lists": [one.pk for one in lists], "email": email, "phone": phone, "language": "en"}
    answer = client.post("/subscribe/", given)
    return "" if answer.status_code == 302 else answer.content.decode()


def confirm() -> None:
    opt_ins.answer_waiting(now=timezone.now())
    Client().post(f"/c/{links.token(Delivery.objects.get())}/")


def evidence(kind: str) -> list[str]:
    return list(ConsentEvent.objects.filter(kind=kind).values_list("evidence", flat=True))


@pytest.mark.parametrize("given", [{}, {"email": "", "phone": "+4915123456789"}])
def test_a_login_without_rights_puts_no_stranger_on_a_list_of_the_team(
    team: Segment, reader: User, given: dict[str, str]
) -> None:
    said = ask(reader, team, **given)

    assert "somebody who may add subscriptions" in said
    assert not SignUp.objects.exists()


def test_a_stranger_may_still_be_asked_about_a_public_list(team: Segment, reader: User) -> None:
    public = SegmentFactory(is_listed=True)

    assert ask(reader, public) == ""

    assert SignUp.objects.get().vouched_by == ""


def test_whoever_is_logged_in_puts_their_own_address_on_it(team: Segment, reader: User) -> None:
    assert ask(reader, team, email="reader@mail.example") == ""
    confirm()

    assert team.members("email").get().email == "reader@mail.example"
    assert all("vouched for by reader" in one for one in evidence("requested") + evidence("given"))


def test_a_mailbox_of_the_company_needs_nobody_to_vouch_for_it(
    team: Segment, reader: User, settings: Settings
) -> None:
    settings.INTERNAL_DOMAINS = frozenset({"corp.example"})

    assert ask(reader, team, email="new@corp.example") == ""
    confirm()

    assert team.members("email").get().email == "new@corp.example"
    assert not any("vouched" in one for one in evidence("given"))


def test_who_may_subscribe_people_vouches_for_a_stranger_by_name(
    team: Segment, clerk: User
) -> None:
    assert ask(clerk, team) == ""
    confirm()

    assert team.members("email").get().email == STRANGER
    [given] = evidence("given")
    assert given.endswith("; vouched for by clerk")
    assert all(one.endswith("; vouched for by clerk") for one in evidence("requested"))


def test_a_login_without_rights_brings_no_link_to_a_stranger(reader: User) -> None:
    client = Client()
    client.force_login(reader)
    client.post("/preferences/", {"email": STRANGER})

    opt_ins.answer_waiting(now=timezone.now())

    assert not Contact.objects.exists()
