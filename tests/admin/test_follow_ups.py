"""Low scores to call back about: who gave them is for those who may see contacts."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from audiences.models import Contact
from audiences.services import erasure
from feedback.models import FollowUp, Reply, Response
from tests.factories import NOON, AccountFactory, UserFactory

LIST = reverse("admin:feedback_followup_changelist")
INDEX = reverse("admin:index")


@pytest.fixture
def follow_up(answered: Response, ana: Contact) -> FollowUp:
    ana.account = AccountFactory(name="Weber Ltd")
    ana.save()
    return answered.follow_up


@pytest.fixture
def limited(db: None, client: Client) -> Client:
    """Somebody who sees to follow-ups and may not see contacts."""
    staff = UserFactory(is_staff=True)
    allowed = ("view_followup", "change_followup")
    staff.user_permissions.set(Permission.objects.filter(codename__in=allowed))
    client.force_login(staff)
    return client


def test_who_may_not_see_contacts_reads_accounts(
    limited: Client, lead_client: Client, follow_up: FollowUp, ana: Contact
) -> None:
    page = reverse("admin:feedback_followup_change", args=[follow_up.pk])

    for address in (LIST, INDEX):
        shown = limited.get(address).content.decode()
        assert ana.name not in shown
        assert ana.email not in shown
        assert "Weber Ltd" in shown
        assert ana.name in lead_client.get(address).content.decode()
    assert ana.name not in limited.get(page).content.decode()


def test_whoever_is_to_call_reads_how(
    limited: Client, lead_client: Client, follow_up: FollowUp, ana: Contact
) -> None:
    page = reverse("admin:feedback_followup_change", args=[follow_up.pk])

    shown = lead_client.get(page).content.decode()

    assert all(part in shown for part in (ana.name, f"mailto:{ana.email}", f"tel:{ana.phone}"))
    assert "Weber Ltd" in shown
    assert ana.email not in limited.get(page).content.decode()


def test_who_may_not_see_contacts_finds_nobody_by_name(
    limited: Client, lead_client: Client, follow_up: FollowUp, ana: Contact
) -> None:
    FollowUp.objects.update(outcome="They were on holiday.")

    def found(client: Client, words: str) -> int:
        return client.get(LIST, {"q": words}).context["cl"].result_count

    for words in (ana.name, ana.email):
        assert (found(limited, words), found(lead_client, words)) == (0, 1)
    assert found(limited, "holiday") == 1


def test_who_was_erased_while_one_writes_is_not_written_to(
    lead_client: Client, lead: User, follow_up: FollowUp, ana: Contact
) -> None:
    erasure.erase(contact=ana, by=lead, now=NOON)
    reply = f"/admin/feedback/followup/{follow_up.pk}/reply/"

    for step in ({}, {"_send": "1"}):
        page = lead_client.post(reply, {"subject": "Sorry", "text": "For all of it.", **step})
        assert "Nobody knows any more who gave this answer." in page.content.decode()


def test_who_may_not_see_contacts_writes_to_none(
    limited: Client, lead_client: Client, follow_up: FollowUp
) -> None:
    page = reverse("admin:feedback_followup_change", args=[follow_up.pk])
    reply = f"/admin/feedback/followup/{follow_up.pk}/reply/"
    letter = {"subject": "Your feedback", "text": "Sorry.", "_send": "1"}

    assert limited.get(reply).status_code == 403
    assert limited.post(reply, letter).status_code == 403
    assert not Reply.objects.exists()
    assert reply not in limited.get(page).content.decode()
    assert reply in lead_client.get(page).content.decode()
