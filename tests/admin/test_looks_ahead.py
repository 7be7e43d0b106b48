"""Before an incident is opened, and before anybody approves, one sees what each reader will get."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.models import Contact, Segment
from incidents.models import Approval, Incident, Plan, PlanStep, Responder, Update
from incidents.services import approvals, corrections, drills, incidents, release
from incidents.services.correction_drafts import Correction
from incidents.services.drills import Script
from messaging.models import Broadcast, Template
from messaging.services import deliveries, proofs, recipients
from tests.admin.desk import form_of, page
from tests.factories import ContactFactory, TemplateVariantFactory


def looks(client: Client, address: str, **chosen: object):
    answer = client.post(address, chosen)
    assert answer.status_code == 200
    return answer.context["looks"]


def of(approval: Approval) -> str:
    return reverse("admin:incidents_approval_look", args=[approval.pk])


def sent_in(language: str) -> str:
    return Broadcast.objects.latest("pk").contents.get(language=language).text


def test_the_first_message_is_seen_as_it_goes_out(
    lead_client: Client, draft: Incident, lead: User, ana: Contact
) -> None:
    found = looks(lead_client, page("look", draft), **{"look0-contact": ana.pk})

    assert page("look", draft) in lead_client.get(page("open", draft)).content.decode()
    assert [one.name for one in found.shown] == ["First notice"]
    assert "gets it at ana@example.com through “Shop customers”" in found.panes[0].notes[0]
    incidents.open(incident=draft, by=lead, now=timezone.now())
    release.release_due(now=timezone.now())
    assert found.panes[0].look.text.startswith("Wir sind dran.")
    assert sent_in("de").startswith("Wir sind dran.")


def test_why_it_cannot_be_said_stands_where_it_would_be(
    lead_client: Client, draft: Incident, plan: Plan
) -> None:
    plan.steps.filter(name="First notice").update(statement={"en": "{{ nonsense }}"})

    answer = lead_client.get(page("look", draft))

    assert "nonsense" in answer.context["looks"].shown[0].errors[0]
    assert [pane.look for pane in answer.context["looks"].panes] == [None, None]


def test_a_drill_is_seen_by_who_takes_part_and_leaves_nothing_behind(
    lead_client: Client, plan: Plan, lead: User
) -> None:
    contact = ContactFactory(name="Lea", email="lea@corp.example")
    people = [Responder.objects.create(user=lead, contact=contact)]
    plan.steps.filter(who=PlanStep.Who.AUTOMATIC).update(tells_affected=True)
    script = Script(plan=plan, title={"en": "Fire"}, people=people)
    drill = drills.prepare(script=script, by=lead)
    before = Segment.objects.count()

    address = page("look", drill.incident)
    words = lead_client.post(address, {"look0-contact": contact.pk}).content.decode()

    assert "gets it at lea@corp.example" in words
    assert "[DRILL]" in words
    assert Segment.objects.count() == before


def test_a_test_of_a_drill_is_sent_while_nothing_is_held(
    lead_client: Client, plan: Plan, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead.email = "lea@corp.example"
    lead.save()
    contact = ContactFactory(name="Lea", email="lea@corp.example")
    people = [Responder.objects.create(user=lead, contact=contact)]
    drill = drills.prepare(script=Script(plan=plan, title={"en": "Fire"}, people=people), by=lead)
    before, held = len(connection.savepoint_ids), []

    def send(**_message: object) -> proofs.Sent:
        held.append(len(connection.savepoint_ids))
        return proofs.Sent(lead.email)

    monkeypatch.setattr(proofs, "send", send)
    shown = lead_client.post(page("look", drill.incident), {"_test": "look0"}).content.decode()

    assert held == [before]
    assert "Sent as a test to lea@corp.example alone." in shown


def test_what_is_open_already_has_no_first_message(lead_client: Client, opened: Incident) -> None:
    assert lead_client.get(page("look", opened)).status_code == 403


@pytest.fixture
def deputy_client(deputy: User) -> Client:
    client = Client()
    client.force_login(deputy)
    return client


def test_who_approves_an_update_sees_what_each_reader_then_gets(
    lead_client: Client, deputy_client: Client, opened: Incident, plan: Plan, ana: Contact
) -> None:
    plan.steps.filter(name="Update").update(who=PlanStep.Who.APPROVAL)
    lead_client.post(page("publish", opened), form_of(opened) | {"_publish": "1"})
    approval = Approval.objects.get()
    chosen = {"look0-contact": ana.pk, "look1-language": "en", "look1-channel": "sms"}

    mail, text = looks(deputy_client, of(approval), **chosen).panes

    decision = deputy_client.get(reverse("admin:incidents_approval_decide", args=[approval.pk]))
    assert of(approval) in decision.content.decode()
    assert text.look.parts == ["We found the cause."]
    assert mail.look.text.startswith("Wir kennen die Ursache.")
    deputy = User.objects.get(pk=int(deputy_client.session["_auth_user_id"]))
    approvals.approve(approval=approval, by=deputy, now=timezone.now())
    release.release_due(now=timezone.now())
    assert sent_in("de").startswith("Wir kennen die Ursache.")
    assert deputy_client.get(of(approval)).status_code == 403


def test_who_approves_the_plans_own_words_sees_them(
    deputy_client: Client, draft: Incident, plan: Plan, lead: User
) -> None:
    plan.steps.filter(name="First notice").update(who=PlanStep.Who.APPROVAL)
    incidents.open(incident=draft, by=lead, now=timezone.now())
    release.release_due(now=timezone.now())
    approvals.settle(now=timezone.now())

    found = looks(deputy_client, of(Approval.objects.get()), **{"look0-language": "de"})

    assert found.panes[0].look.text.startswith("Wir sind dran.")

    plan.steps.filter(name="First notice").update(statement={"en": "{{ nonsense }}"})
    [shown] = looks(deputy_client, of(Approval.objects.get())).shown
    assert "nonsense" in shown.errors[0]


def test_a_correction_is_for_who_got_the_wrong_text(
    lead_client: Client,
    deputy_client: Client,
    opened: Incident,
    plan: Plan,
    lead: User,
    ana: Contact,
    bo: Contact,
) -> None:
    correction = Template.objects.create(slug="correction", name="C", stage="correction")
    for language in ("de", "en"):
        TemplateVariantFactory(template=correction, language=language, body="!! {{ update }}")
    release.release_due(now=timezone.now())
    typed = form_of(opened, after=str(Update.objects.get().pk)) | {"_publish": "1"}
    lead_client.post(page("publish", opened), typed)
    release.release_due(now=timezone.now())
    recipients.freeze(broadcast_id=Broadcast.objects.latest("pk").pk, now=timezone.now())
    deliveries.send_pending(channel="email")
    plan.steps.filter(name="Update").update(who=PlanStep.Who.APPROVAL)
    said = Update.objects.latest("pk")
    right = Correction(public_text=said.public_text | {"en": "We found the real cause."})
    corrections.correct(update=said, correction=right, by=lead, now=timezone.now())
    chosen = {"look0-contact": bo.pk, "look1-contact": ana.pk}

    his, hers = looks(deputy_client, of(Approval.objects.get()), **chosen).panes

    assert his.look.text.startswith("!! We found the real cause.")
    assert "gets it at bo@example.org" in his.notes[0]
    assert "This message is not for them" in hers.notes[0]
