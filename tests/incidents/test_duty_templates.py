"""What our own people are told is said by templates; nobody stays uncalled because of one."""

import pytest

from incidents.models import Drill
from incidents.services import handovers
from messaging.models import BroadcastContent, Template, TemplateVariant
from messaging.services import library
from tests.factories import NOON
from tests.incidents.team import run, said

pytestmark = pytest.mark.django_db
Stage = Template.Stage


@pytest.fixture
def shipped(template):
    library.load()


def contents(**where):
    found = BroadcastContent.objects.filter(broadcast__purpose="duty", **where)
    return list(found.order_by("pk"))


def words_of(stage, language="en"):
    return TemplateVariant.objects.get(template__slug=stage, language=language)


def test_the_lead_is_reminded_and_the_deputy_called_in_the_houses_own_words(
    incident, team, shipped
):
    for stage in (Stage.DUTY_REMINDER, Stage.DUTY_CALL):
        variant = words_of(stage)
        variant.subject = f"Our {stage}: {{{{ what }}}}"
        variant.body = f"{{{{ salutation }}}}\n\n*Ours*: {{{{ why }}}} {stage}"
        variant.sms_text = f"Ours {stage}"
        variant.save()
    said(incident)

    run(20, 25, releases=False)

    lead_mail, lead_text, deputy_mail, _text = contents()
    assert lead_mail.subject == "Our duty_reminder: Promised update"
    assert deputy_mail.subject == "Our duty_call: Promised update"
    assert "<em>Ours</em>" in lead_mail.html
    assert lead_mail.html.count("xMERGEsalutationx") == 1
    # The way to answer is there, whatever was written.
    assert lead_text.sms_text.startswith("Ours duty_reminder http")
    assert "/d/" in lead_mail.text


def test_a_drill_is_marked_whatever_the_words_of_the_house_are(incident, team, lead, shipped):
    ours = TemplateVariant.objects.filter(template__stage__startswith="duty_")
    ours.update(subject="{{ what }}", sms_text="{{ what }}")
    incident.mode = "drill"
    incident.save()
    drill = Drill.objects.create(incident=incident, held_by=lead)
    drill.people.add(lead.responder)
    said(incident)

    run(20, 20, releases=False)

    mail, text = contents()
    assert mail.subject == "[DRILL] Promised update"
    assert text.sms_text.startswith("[DRILL] Promised update http")


@pytest.mark.parametrize("broken", ["{{ nonsense }}", "{{ resolved }}", "{% if %}"])
def test_a_template_that_cannot_be_said_gives_way_to_the_shipped_words(
    incident, team, shipped, broken
):
    TemplateVariant.objects.filter(template__stage__startswith="duty_").update(
        subject=broken, body=broken, sms_text=broken
    )
    said(incident)

    run(20, 20, releases=False)

    mail, text = contents()
    assert mail.subject.startswith("Promised update is due: 13:30 CET")
    assert "Reply 1" in text.sms_text


def test_without_any_template_the_shipped_words_are_said_in_the_persons_language(
    incident, team, lead
):
    lead.responder.contact.language = "de"
    lead.responder.contact.save()
    assert not Template.objects.filter(stage=Stage.DUTY_REMINDER).exists()
    said(incident)

    run(20, 20, releases=False)

    assert "ist fällig" in contents()[0].subject


def test_whoever_is_handed_the_lead_is_told_so(incident, team, lead, deputy):
    handovers.hand_over(incident=incident, to=deputy, by=lead, now=NOON)

    mail, text = contents()
    assert mail.subject.startswith("You lead now:")
    assert "Lea has handed it over to you." in mail.text
    assert f"/{incident.pk}/room/" in text.sms_text


def test_taking_over_tells_nobody(incident, team, deputy):
    handovers.hand_over(incident=incident, to=deputy, by=deputy, now=NOON)

    assert contents() == []
