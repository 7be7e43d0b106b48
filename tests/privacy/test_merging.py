"""Two contacts that are one person become one, and the stricter wish holds."""

from datetime import time, timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from audiences.models import (
    ConsentEvent,
    Contact,
    ContactAlias,
    Erasure,
    Severity,
    Subscription,
    Suppression,
)
from audiences.services import duplicates, erased, erasure, merging, subscriptions, suppressions
from audiences.services.consents import Proof, hint
from messaging.models import Delivery
from messaging.services import links
from messaging.states import State
from tests.factories import (
    NOON,
    AccountFactory,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    IncidentFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.pages import form_on
from tests.privacy.dump import places


@pytest.fixture
def twin(ana: Contact) -> Contact:
    return ContactFactory(
        name="A. Weber", email="a.na+news@example.com", phone="+4917139200099", language="en"
    )


def merge(ana: Contact, twin: Contact, lead: User, *fields: str) -> Contact:
    merging.merge(keep=ana, gone=twin, from_gone=fields, by=lead, now=NOON)
    return Contact.objects.get()


@pytest.mark.django_db
def test_likely_duplicates_are_found_by_each_sign() -> None:
    account = AccountFactory()
    zoe = ContactFactory(
        name="Zoë Zimt", email="zoe.zimt@example.com", phone="+4917139200017", account=account
    )
    others = [
        ContactFactory(email="zoezimt+shop@example.com"),
        ContactFactory(phone="+4917139200017"),
        ContactFactory(name="ZOË zimt".replace("Ë", "ë"), account=account),
    ]
    ContactFactory(name="Zoë Zimt", email="zoe.zimt@example.org")
    ContactFactory(email="zoe.zimtstern@example.com")

    assert [one.contact for one in duplicates.alike(contact=zoe)] == others


def test_the_fields_that_were_chosen_win(ana: Contact, twin: Contact, lead: User) -> None:
    merged = merge(ana, twin, lead, "email", "name")

    assert (merged.pk, merged.email, merged.name) == (ana.pk, twin.email, "A. Weber")
    assert (merged.phone, merged.language) == (ana.phone, "de")


@pytest.mark.parametrize("states", [("confirmed", "unsubscribed"), ("unsubscribed", "confirmed")])
def test_a_list_that_one_of_them_left_stays_left(
    states: tuple[str, str], ana: Contact, twin: Contact, lead: User
) -> None:
    segment = SegmentFactory()
    for contact, state in zip((ana, twin), states, strict=True):
        SubscriptionFactory(contact=contact, segment=segment, state=state, evidence=state)
    SubscriptionFactory(contact=twin)

    merge(ana, twin, lead)

    assert Subscription.objects.get(segment=segment).evidence == "unsubscribed"
    assert ana.subscriptions.count() == 2


@pytest.mark.parametrize(("from_gone", "waits"), [((), "theirs"), (("email",), "own")])
def test_what_was_agreed_to_at_an_address_that_goes_waits(
    from_gone: tuple[str, ...], waits: str, ana: Contact, twin: Contact, lead: User
) -> None:
    own, theirs, both = (SegmentFactory(slug=slug) for slug in ("own", "theirs", "both"))
    for contact, segment in ((ana, own), (twin, theirs), (ana, both), (twin, both)):
        SubscriptionFactory(contact=contact, segment=segment, evidence=contact.email)
    address = twin.email if from_gone else ana.email

    merged = merge(ana, twin, lead, *from_gone)

    states = dict(merged.subscriptions.values_list("segment__slug", "state"))
    assert states == {"own": "confirmed", "theirs": "confirmed", "both": "confirmed"} | {
        waits: "unconfirmed"
    }
    assert merged.subscriptions.get(segment=both).evidence == address
    said = merged.consents.get()
    assert (said.kind, said.segment.slug, said.address) == ("requested", waits, hint(address))
    assert "what was agreed to was about the one before. Merged by lead." in said.evidence


def test_what_was_agreed_to_at_a_shared_number_goes_on(ana: Contact, lead: User) -> None:
    colleague = ContactFactory(phone=ana.phone)
    SubscriptionFactory(contact=colleague, channel="sms")

    merge(ana, colleague, lead)

    assert ana.subscriptions.get().state == "confirmed"


def test_a_number_that_was_agreed_at_and_is_dropped_leaves_nothing_for_the_next(
    ana: Contact, twin: Contact, lead: User
) -> None:
    Contact.objects.filter(pk=ana.pk).update(phone="")
    SubscriptionFactory(contact=twin, channel="sms")

    merge(ana, twin, lead)

    assert ana.subscriptions.get().state == "unconfirmed"


def test_the_stricter_wishes_hold(ana: Contact, twin: Contact, lead: User) -> None:
    Contact.objects.filter(pk=ana.pk).update(feedback_consent_at=NOON, sms_from=Severity.MAJOR)
    later = NOON + timedelta(days=3)
    Contact.objects.filter(pk=twin.pk).update(email_from=Severity.CRITICAL, paused_until=later)
    ConsentEvent.objects.create(contact=twin, purpose="notice", kind="given", source="self")

    merged = merge(ana, twin, lead)

    assert merged.feedback_consent_at is None
    assert (merged.email_from, merged.sms_from) == (Severity.CRITICAL, Severity.MAJOR)
    assert merged.paused_until == later
    moved, withdrawn = merged.consents.order_by("pk")
    assert moved.kind == "given"
    assert (withdrawn.kind, withdrawn.purpose) == ("withdrawn", "feedback")
    assert withdrawn.evidence == "Merged by lead: only one of the two had agreed"


def test_the_longer_night_holds(ana: Contact, twin: Contact, lead: User) -> None:
    ana.quiet_from, ana.quiet_until = time(23), time(5)
    twin.quiet_from, twin.quiet_until = time(20), time(9)
    ana.save()
    twin.save()

    merged = merge(ana, twin, lead)

    assert (merged.quiet_from, merged.quiet_until) == (time(20), time(9))


@pytest.mark.parametrize("from_gone", [(), ("phone",)])
def test_a_stop_at_the_number_that_goes_holds_at_the_one_that_stays(
    from_gone: tuple[str, ...], ana: Contact, twin: Contact, lead: User
) -> None:
    stays, goes = (twin, ana) if from_gone else (ana, twin)
    SubscriptionFactory(contact=stays, channel="sms")
    for reason in ("stop", "hard_bounce"):
        suppressions.suppress(channel="sms", address=goes.phone, reason=reason, now=NOON)

    merged = merge(ana, twin, lead, *from_gone)

    against = Suppression.objects.get(address=merged.phone)
    assert against.reason == "stop"
    assert against.note == f"Said at {hint(goes.phone)}. Merged by lead."


def test_an_older_stop_does_not_outlast_what_its_owner_has_agreed_to_since(
    ana: Contact, twin: Contact, lead: User
) -> None:
    own = Proof(source="self", evidence="Confirmed by text")
    for day, reason in ((0, "stop"), (2, "complaint")):
        at = NOON + timedelta(days=day)
        suppressions.suppress(channel="sms", address=twin.phone, reason=reason, now=at)
    at = NOON + timedelta(days=1)
    subscriptions.join(contact=ana, segments=[SegmentFactory()], channel="sms", proof=own, now=at)

    merged = merge(ana, twin, lead)

    assert Suppression.objects.get(address=merged.phone).reason == "complaint"


def test_messages_go_along_and_none_stands_twice(ana: Contact, twin: Contact, lead: User) -> None:
    broadcast = BroadcastFactory()
    first = DeliveryFactory(contact=ana, broadcast=broadcast, state="delivered")
    second = DeliveryFactory(contact=twin, broadcast=broadcast, state="pending")
    moved = DeliveryFactory(contact=twin, state="delivered")

    merge(ana, twin, lead)

    assert set(Delivery.objects.filter(contact=ana)) == {first, moved}
    second.refresh_from_db()
    assert (second.state, second.error_code) == (State.CANCELLED, "merged")
    assert second.address == f"erased:{second.pk}"


def test_it_is_noted_without_naming_who_is_gone(ana: Contact, twin: Contact, lead: User) -> None:
    merge(ana, twin, lead)

    entry = LogEntry.objects.get(object_id=str(ana.pk))
    assert str(twin.pk or "") in entry.change_message
    assert "a.na" not in entry.change_message


def test_merging_with_oneself_changes_nothing(ana: Contact, lead: User) -> None:
    with pytest.raises(merging.CannotMerge):
        merge(ana, ana, lead)


def test_whoever_is_being_erased_is_merged_with_nobody(
    lead_client: Client, ana: Contact, twin: Contact, lead: User
) -> None:
    Erasure.objects.create(contacts=[twin.pk], size=1, requested_at=NOON)
    for one, other in ((ana, twin), (twin, ana)):
        with pytest.raises(merging.IsBeingErased):
            merging.merge(keep=one, gone=other, from_gone=(), by=lead, now=NOON)
    page = reverse("admin:audiences_contact_merge", args=[ana.pk])
    answer = lead_client.post(f"{page}?with={twin.pk}", dict.fromkeys(merging.CHOOSABLE, "this"))

    assert "is being erased" in answer.content.decode()
    assert Contact.objects.count() == 2


def test_the_page_shows_both_and_merges_on_post(
    lead_client: Client, ana: Contact, twin: Contact
) -> None:
    page = reverse("admin:audiences_contact_merge", args=[ana.pk])

    found = lead_client.get(page).content.decode()
    both = lead_client.get(page, {"with": twin.pk}).content.decode()
    are_two = Contact.objects.count()
    choices = dict.fromkeys(("name", "email", "phone", "language"), "this") | {"phone": "other"}
    SubscriptionFactory(contact=twin)
    done = lead_client.post(f"{page}?with={twin.pk}", choices, follow=True)

    assert f"?with={twin.pk}" in found
    assert ana.email in both
    assert twin.email in both
    assert are_two == 2
    assert Contact.objects.get().phone == twin.phone
    assert "1 subscription waits for a consent" in done.content.decode()


def test_a_contact_that_went_meanwhile_is_said(
    lead_client: Client, ana: Contact, twin: Contact
) -> None:
    page = reverse("admin:audiences_contact_merge", args=[ana.pk])
    number = twin.pk
    twin.delete()

    answer = lead_client.post(f"{page}?with={number}", {})

    assert answer.status_code == 200
    assert Contact.objects.get() == ana


def test_a_page_that_showed_another_address_is_refused(
    lead_client: Client, ana: Contact, twin: Contact
) -> None:
    page = reverse("admin:audiences_contact_merge", args=[ana.pk]) + f"?with={twin.pk}"
    seen = form_on(lead_client.get(page).text) | {"email": ["other"]}
    Contact.objects.filter(pk=twin.pk).update(email="another@example.com")

    answer = lead_client.post(page, seen)

    assert "This has changed since you opened the page" in answer.text
    assert Contact.objects.count() == 2


def link_of(delivery: Delivery) -> str:
    return links.unsubscribe_path(links.token(delivery))


def test_the_links_of_who_was_merged_away_work_on(
    client: Client, ana: Contact, twin: Contact, lead: User
) -> None:
    segment = SegmentFactory()
    SubscriptionFactory(contact=twin, segment=segment)
    told = DeliveryFactory(contact=twin, segment=segment, state="delivered")
    url, settings = link_of(told), links.preferences_path(links.token(told))

    merge(ana, twin, lead)

    assert client.get(url).status_code == 200
    assert client.get(settings).status_code == 200
    client.post(url, {"List-Unsubscribe": "One-Click"})
    assert not segment.members("email").exists()


def test_a_link_of_who_was_merged_away_shows_the_mailbox_that_stays_to_nobody_else(
    client: Client, ana: Contact, twin: Contact, lead: User
) -> None:
    told = DeliveryFactory(contact=twin, address=twin.email, state="delivered")
    both = DeliveryFactory(
        contact=ana, address=ana.email, broadcast=told.broadcast, state="delivered"
    )
    of_twin, of_ana = (links.preferences_path(links.token(one)) for one in (told, both))

    merge(ana, twin, lead)

    assert ana.email not in client.get(of_twin).text
    assert ana.email in client.get(of_ana).text


def test_links_follow_one_merge_after_another(
    client: Client, ana: Contact, twin: Contact, lead: User
) -> None:
    first = ContactFactory()
    told = DeliveryFactory(contact=first, state="delivered")
    both = DeliveryFactory(contact=twin, broadcast=told.broadcast, state="delivered")
    urls = [link_of(told), link_of(both)]

    merging.merge(keep=twin, gone=first, from_gone=(), by=lead, now=NOON)
    merge(ana, twin, lead)

    assert [client.get(url).status_code for url in urls] == [200, 200]
    # Cleared away, the link stands for the person that is left.
    Delivery.objects.all().delete()
    assert links.letter(urls[0].split("/")[2]).contact == ana


def test_an_erasure_takes_what_was_given_up_in_a_merge(
    client: Client, ana: Contact, twin: Contact, lead: User
) -> None:
    told = DeliveryFactory(contact=twin, state="delivered")
    url, old_mail, old_number = link_of(told), ana.email, twin.phone
    IncidentFactory(effect={"en": f"{old_mail} and {old_number} hear nothing"})
    merged = merge(ana, twin, lead, "email")

    erasure.erase(contact=merged, by=lead, now=NOON)

    assert client.get(url).status_code == 404
    assert places(old_mail, old_number, twin.email, "A. Weber", "Ana Weber") == []
    assert erased.is_erased(channel="email", address=old_mail)
    assert not ContactAlias.objects.exists()


def test_the_history_says_it_in_the_language_of_who_did_it(
    ana: Contact, twin: Contact, lead: User
) -> None:
    number = twin.pk
    with override("de"):
        merge(ana, twin, lead)
        said = gettext("Contact %(number)d was merged into this one.") % {"number": number}

    assert LogEntry.objects.get(object_id=str(ana.pk)).change_message == said


def test_a_number_from_before_a_merge_names_who_is_left(
    ana: Contact, twin: Contact, lead: User
) -> None:
    number = twin.pk
    merge(ana, twin, lead)

    call_command("erase_person", "--contact", str(number), "--yes", stdout=StringIO())

    assert not Contact.objects.exists()
