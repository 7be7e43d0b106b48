"""Correcting what was said: what was wrong beside what is right, who hears it, and the record."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents.admin.approvals import decision_address
from incidents.models import Approval, Incident, TimelineEntry, Update
from incidents.services import proposals, release, updates, wrong_copies
from messaging.models import Broadcast, Delivery, Template
from messaging.services import amending, recipients
from tests.admin.desk import form_of, page
from tests.factories import TemplateFactory, TemplateVariantFactory
from tests.pages import form_on

pytestmark = pytest.mark.django_db
WRONG = {"en": "Paying is slow.", "de": "Zahlen ist langsam."}


@pytest.fixture
def update(opened: Incident, lead: User) -> Update:
    """Went out to everybody, after the first notice."""
    go_out()
    template = TemplateFactory(stage=Template.Stage.CORRECTION)
    for language in ("en", "de"):
        text = "{{ update }}"
        more = {"language": language, "body": text, "sms_text": text}
        TemplateVariantFactory(template=template, subject="Correction", **more)
    draft = updates.UpdateDraft(
        status="identified",
        public_text=WRONG,
        next_update_due_at=timezone.now() + timezone.timedelta(minutes=30),
    )
    said = updates.publish(incident=opened, draft=draft, by=lead, now=timezone.now())
    go_out()
    Delivery.objects.update(state="accepted")
    return said


def go_out() -> None:
    release.release_due(now=timezone.now())
    amending.recall_waiting(now=timezone.now())
    for broadcast in Broadcast.objects.unfrozen():
        recipients.freeze(broadcast_id=broadcast.pk, now=timezone.now())


def propose(client: Client, update: Update, **changes: str) -> Update:
    """A correction that waits for a second person."""
    update.incident.plan.steps.filter(trigger="update_published").update(who="approval")
    right = {"public_text_en": "Paying fails.", "_confirm": "1"} | changes
    client.post(correct_page(update), typed(client, update, **right))
    return update.corrections.get()


def typed(client: Client, update: Update, **changes: str) -> dict[str, str]:
    """The form as the browser sends it, with what the manager typed."""
    return shown(client, correct_page(update)) | changes


def shown(client: Client, address: str) -> dict[str, str]:
    """The form as it stands there."""
    fields = form_on(client.get(address).content.decode())
    return {name: values[-1] for name, values in fields.items()}


def correct_page(update: Update) -> str:
    return page("correct", update.incident, update.pk)


def test_nothing_is_told_before_it_is_confirmed(lead_client: Client, update: Update) -> None:
    form = typed(lead_client, update, public_text_en="Paying fails.")

    answer = lead_client.post(correct_page(update), form)

    review = answer.context["review"]
    assert [(one.language, one.pieces[-1].words) for one in review.compared] == [("en", "fails.")]
    assert dict(review.reach) == {"E-mail": 1, "SMS": 1}
    assert review.price == "0.08 EUR"
    assert not update.corrections.exists()


def test_before_it_is_confirmed_it_is_seen_as_each_reader_gets_it(
    lead_client: Client, update: Update
) -> None:
    form = typed(lead_client, update, public_text_en="Paying fails.")
    review = form_on(lead_client.post(correct_page(update), form).content.decode())

    answer = lead_client.post(correct_page(update), review | {"_preview": "1"})

    [shown] = answer.context["looks"].shown
    assert answer.context["looks"].panes[0].look.text.startswith("Paying fails.")
    assert shown.copies is not None
    assert {one.language for one in shown.contents} == {"en"}
    again = form_on(answer.content.decode()) | {"look1-channel": "sms"}
    found = lead_client.post(correct_page(update), again).context["looks"]
    assert found.panes[1].look.parts == ["Paying fails."]
    assert not update.corrections.exists()


def test_what_is_told_again_is_found_once(
    lead_client: Client, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It renders each message twice."""
    form, asked = typed(lead_client, update, public_text_en="Paying fails."), []
    update.incident.plan.steps.filter(trigger="update_published").update(who="approval")
    real = wrong_copies.retold
    monkeypatch.setattr(wrong_copies, "retold", lambda **of: asked.append(1) or real(**of))

    lead_client.post(correct_page(update), form)

    assert asked == [1]


def test_confirming_tells_exactly_who_got_it(lead_client: Client, update: Update, bo) -> None:
    form = typed(lead_client, update, public_text_en="Paying fails.", _confirm="1")

    answer = lead_client.post(correct_page(update), form, follow=True)
    go_out()

    told = Delivery.objects.filter(broadcast__purpose="correction")
    assert {one.contact for one in told} == {bo}
    text = answer.content.decode()
    assert "Paying fails." in text
    assert "<del><p>Paying is slow.</p>" in text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({}, "Nothing has been changed"),
        ({"withdraws": "everybody"}, "Say what they read instead"),
        ({"promised_0": "2020-01-01", "promised_1": "12:00"}, "promised for the future"),
    ],
)
def test_what_cannot_be_corrected_is_said_before_it_is_reviewed(
    lead_client: Client, update: Update, changes: dict[str, str], complaint: str
) -> None:
    answer = lead_client.post(correct_page(update), typed(lead_client, update, **changes))

    assert complaint in answer.content.decode()


def test_the_record_keeps_what_each_person_got_and_what_put_it_right(
    lead_client: Client, update: Update, bo, ana
) -> None:
    form = typed(lead_client, update, public_text_en="Paying fails.", _confirm="1")
    lead_client.post(correct_page(update), form)
    got = Delivery.objects.filter(broadcast__timeline_entry__update=update, channel="email")

    shown = {
        person: lead_client.get(f"/admin/messaging/delivery/{row.pk}/change/").content.decode()
        for person in (ana, bo)
        for row in [got.get(contact=person)]
    }
    on_contact = lead_client.get(f"/admin/audiences/contact/{bo.pk}/change/").content.decode()

    assert "Paying is slow." in shown[bo]
    assert "Correction: Update" in shown[bo]
    assert "Correction: Update" not in shown[ana]
    assert "Correction: Update" in on_contact


def test_a_second_person_sees_whom_it_goes_to(
    lead_client: Client, deputy: User, update: Update
) -> None:
    propose(lead_client, update)
    lead_client.force_login(deputy)

    shown = lead_client.get(decision_address(Approval.objects.get()))
    waiting = lead_client.get("/admin/incidents/approval/").content.decode()

    assert [dict(row.reach) for row in shown.context["sent"]] == [{"E-mail": 1, "SMS": 1}]
    # By two ways it is one person.
    assert "whoever got the wrong text: 1 person" in shown.content.decode()
    assert "everybody whom the plan tells" not in shown.content.decode()
    assert "Correction · " in waiting
    assert "Update · " not in waiting


def test_a_second_person_reads_what_to_mend_where_it_cannot_be_said(
    lead_client: Client, deputy: User, update: Update
) -> None:
    propose(lead_client, update)
    lead_client.force_login(deputy)
    Template.objects.filter(stage=Template.Stage.CORRECTION).delete()

    address = f"/admin/incidents/approval/{Approval.objects.get().pk}/decide/"
    shown = lead_client.get(address).content.decode()
    answer = lead_client.post(address, {"_approve": "1"}, follow=True).content.decode()

    assert "no template for corrections" in shown
    assert "manage.py load_plans" in shown
    assert "_approve" not in shown
    assert "Nothing was sent: the message cannot be made" in answer
    assert not update.corrections.get().is_published


def test_a_correction_is_no_earlier_version_of_an_update(
    lead_client: Client, deputy: User, update: Update
) -> None:
    waiting, publish = propose(lead_client, update), page("publish", update.incident)

    assert not lead_client.get(publish).context["replaces"]
    proposals.drop(update=waiting, because="No.", at=timezone.now())
    again = lead_client.get(f"{publish}?from={waiting.pk}").context["form"]
    assert not again["public_text"].value()
    newer = form_of(update.incident, after=str(update.pk), _publish="1")
    lead_client.post(publish, newer)
    asked = Approval.objects.undecided().get()
    assert lead_client.get(decision_address(asked)).context["changes"] == []


def test_a_refused_correction_is_written_again_as_it_was(
    lead_client: Client, update: Update
) -> None:
    component = update.incident.components.get()
    meant = timezone.localtime(update.next_update_due_at + timezone.timedelta(minutes=10))
    right = {
        "workaround_en": "Wait.",
        f"component_{component.pk}": "degraded_performance",
        "promised_0": f"{meant:%Y-%m-%d}",
        "promised_1": f"{meant:%H:%M:%S}",
    }
    waiting = propose(lead_client, update, **right)
    waiting.quotes_wrong = False
    proposals.drop(update=waiting, because="No.", at=timezone.now())
    waiting.save()

    again = shown(lead_client, f"{correct_page(update)}?from={waiting.pk}")

    assert again.items() >= right.items()
    assert again["public_text_en"] == "Paying fails."
    assert "quotes_wrong" not in again


@pytest.mark.parametrize("is_refused", [True, False])
def test_what_takes_an_update_back_goes_on_doing_so_when_it_is_written_again(
    lead_client: Client, update: Update, is_refused: bool
) -> None:
    back = {"withdraws": "outside", "public_text_en": "Not for you."}
    said = propose(lead_client, update, **back)
    state = Update.State.REFUSED if is_refused else Update.State.PUBLISHED
    Update.objects.filter(pk=said.pk).update(state=state)

    again = shown(lead_client, f"{correct_page(update)}?from={said.pk}")

    assert again.items() >= back.items()


def test_each_message_in_the_timeline_leads_to_where_it_is_corrected(
    lead_client: Client, update: Update
) -> None:
    told = TimelineEntry.objects.filter(step__name="Update", broadcast__isnull=False)
    room = page("room", update.incident)

    def leads_to() -> str:
        rows = lead_client.get(room).context["rows"]
        return next(row.correct_address for row in rows if row.entry == told.get())

    assert leads_to() == correct_page(update)
    told.update(update=None)  # as a reminder, whose words nobody wrote for it
    assert leads_to() == page("words", update.incident, told.get().pk)
