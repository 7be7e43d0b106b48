"""A second person sees exactly what goes out, approves it or says why not."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.models import SupportWay
from incidents.models import Approval, Incident, Plan, PlanStep, Promise, TimelineEntry, Update
from incidents.services import approvals, release
from messaging.services import templates
from tests.admin.desk import UNCHANGED, form_of, page
from tests.factories import SurveyFactory, UserFactory

ADDRESS = "admin:incidents_approval_decide"


@pytest.fixture
def careful(opened: Incident, plan: Plan) -> Incident:
    """Opened by the book: its updates need a second person."""
    plan.steps.filter(name="Update").update(who=PlanStep.Who.APPROVAL)
    return opened


@pytest.fixture
def deputy_client(deputy: User) -> Client:
    client = Client()
    client.force_login(deputy)
    return client


@pytest.fixture
def request_(lead_client: Client, careful: Incident, deputy: User) -> Approval:
    """The lead has written an update, and asks for approval."""
    lead_client.post(page("publish", careful), form_of(careful) | {"_publish": "1"})
    return Approval.objects.get(decision="open")


def address(request: Approval) -> str:
    return reverse(ADDRESS, args=[request.pk])


def test_the_check_says_who_must_approve_it(
    lead_client: Client, careful: Incident, deputy: User
) -> None:
    answer = lead_client.post(page("publish", careful), form_of(careful))

    words = answer.content.decode()
    assert "A second person must approve it: Deniz." in words
    assert "Ask for approval" in words
    assert "The text messages cost about 0.08 EUR." in words


def test_the_check_warns_where_nobody_else_may(lead_client: Client, careful: Incident) -> None:
    answer = lead_client.post(page("publish", careful), form_of(careful))

    assert "nobody else may" in answer.content.decode()


def test_a_proposal_is_told_to_nobody_and_its_author_is_told_so(
    lead_client: Client, careful: Incident, deputy: User
) -> None:
    typed = form_of(careful) | {"_publish": "1"}
    answer = lead_client.post(page("publish", careful), typed, follow=True)

    words = answer.content.decode()
    assert "Not published yet: a second person must approve it." in words
    assert "We found the cause." in words
    assert [one.approval.decision for one in answer.context["proposals"]] == ["open"]
    assert answer.context["thread"] == []
    assert Incident.objects.get().workaround == {}


def test_who_approves_reads_which_translations_are_stale(
    deputy_client: Client, request_: Approval, lead: User
) -> None:
    told = request_.incident.plan.steps.get(trigger="update_published")
    variant = told.template.variants.get(language="en")
    variant.subject = "New"
    templates.save(variant=variant, by=lead, now=timezone.now())

    assert "edited after its translations" in deputy_client.get(address(request_)).content.decode()


def test_the_page_shows_what_every_reader_gets(deputy_client: Client, request_: Approval) -> None:
    answer = deputy_client.get(address(request_))

    [sent] = answer.context["sent"]
    assert sent.reach == [("E-mail", 2), ("SMS", 1)]
    texts = {words.content.language: words for words in sent.letters}
    assert "Wir kennen die Ursache." in texts["de"].text
    assert texts["en"].sms == "We found the cause."
    assert "published by the plan’s rule" in answer.content.decode()


def test_the_page_names_the_way_to_reach_us_that_its_readers_have(
    deputy_client: Client, request_: Approval, plan: Plan
) -> None:
    said = plan.steps.get(name="Update").template.variants.get(language="en")
    said.body += "\n\n**Help:** {{ support }}"
    said.save()

    [without] = deputy_client.get(address(request_)).context["sent"]
    assert not any("Help" in words.text + words.html for words in without.letters)

    way = SupportWay.objects.create(name={"en": "Shop desk"}, address="+43 1 5550199")
    way.segments.set(plan.steps.get(name="Update").segments.all())
    [sent] = deputy_client.get(address(request_)).context["sent"]
    [english] = [words for words in sent.letters if words.content.language == "en"]
    assert "Help: You can reach us: Shop desk +43 1 5550199." in english.text


def test_approving_sends_what_was_shown(
    deputy_client: Client, deputy: User, request_: Approval
) -> None:
    answer = deputy_client.post(address(request_), {"_approve": "1"}, follow=True)

    request_.refresh_from_db()
    assert (request_.decision, request_.decided_by) == ("approved", deputy)
    assert Update.objects.get().is_published
    assert Incident.objects.get().workaround == {"en": "Pay by invoice."}
    assert "it goes out as you saw it" in answer.content.decode()


def test_refusing_needs_a_reason_and_the_author_can_use_the_text_again(
    lead_client: Client, deputy_client: Client, request_: Approval, careful: Incident
) -> None:
    without = deputy_client.post(address(request_), {"_refuse": "1", "reason": " "})
    deputy_client.post(address(request_), {"_refuse": "1", "reason": "Names a supplier"})

    assert "Say why it is refused." in without.content.decode()
    room = lead_client.get(page("room", careful)).content.decode()
    assert "Names a supplier" in room
    again = lead_client.get(f"{page('publish', careful)}?from={request_.update_id}")
    form = again.context["form"]
    assert form["public_text"].value()["de"] == "Wir kennen die Ursache."
    assert form["status"].value() == "identified"
    assert form["workaround"].value() == {"en": "Pay by invoice."}


def test_changing_a_proposal_asks_anew_and_shows_what_is_new(
    lead_client: Client, deputy_client: Client, request_: Approval, careful: Incident
) -> None:
    typed = form_of(careful, public_text_en="We found the real cause.") | {"_publish": "1"}
    lead_client.post(page("publish", careful), typed)

    request_.refresh_from_db()
    anew = Approval.objects.get(decision="open")
    assert request_.decision == "void"
    answer = deputy_client.get(address(anew))
    [(code, pieces)] = answer.context["changes"]
    assert code == "en"
    assert [piece.words for piece in pieces if piece.kind == "added"] == ["real"]
    assert "<ins" in answer.content.decode()


def test_what_changed_meanwhile_is_looked_at_again(
    deputy_client: Client, request_: Approval, plan: Plan
) -> None:
    plan.steps.filter(name="Update").update(channels=["email"])

    answer = deputy_client.post(address(request_), {"_approve": "1"}, follow=True)

    words = answer.content.decode()
    assert "Nothing was sent." in words
    assert "who hears it" in words
    assert answer.context["approval"] != request_
    assert answer.context["may_decide"]
    assert not Update.objects.get().is_published


def test_nobody_is_offered_to_approve_their_own(
    lead_client: Client, request_: Approval, careful: Incident
) -> None:
    looked = lead_client.get(address(request_))
    answer = lead_client.post(address(request_), {"_approve": "1"}, follow=True)

    assert not looked.context["may_decide"]
    assert "A second person approves" in answer.content.decode()
    assert not Update.objects.get().is_published


def test_only_who_has_the_permission_decides(client: Client, request_: Approval) -> None:
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_approval"))
    client.force_login(reader)

    looked = client.get(address(request_))
    refused = client.post(address(request_), {"_approve": "1"})

    assert (looked.status_code, refused.status_code) == (200, 403)
    assert not looked.context["may_decide"]
    reader.user_permissions.add(Permission.objects.get(codename="approve_update"))
    approved = client.post(address(request_), {"_approve": "1"}, follow=True)
    assert approved.status_code == 200
    assert Update.objects.get().is_published


def test_a_stranger_sees_no_approval(client: Client, request_: Approval) -> None:
    client.force_login(UserFactory(is_staff=True))

    assert client.get(address(request_)).status_code == 403


def test_what_was_decided_says_how(deputy_client: Client, request_: Approval) -> None:
    deputy_client.post(address(request_), {"_refuse": "1", "reason": "Names a supplier"})

    words = deputy_client.get(address(request_)).content.decode()
    again = deputy_client.post(address(request_), {"_approve": "1"}, follow=True)

    assert "Names a supplier" in words
    assert "Approve and send" not in words
    assert "decided in the meantime" in again.content.decode()


def test_the_first_page_lists_what_waits_for_approval(
    deputy_client: Client, request_: Approval
) -> None:
    tasks = deputy_client.get(reverse("admin:index")).context["approvals"]

    assert [task.url for task in tasks] == [address(request_)]
    assert tasks[0].title == "Update · Slow logins"


def test_the_list_leads_to_the_page(deputy_client: Client, request_: Approval) -> None:
    listed = deputy_client.get(reverse("admin:incidents_approval_changelist"))
    change = reverse("admin:incidents_approval_change", args=[request_.pk])

    assert "Update · Slow logins" in listed.content.decode()
    assert deputy_client.get(change).url == address(request_)


def test_the_plans_own_words_are_decided_on_the_same_page(
    deputy_client: Client, opened: Incident, plan: Plan
) -> None:
    plan.steps.filter(name="First notice").update(who=PlanStep.Who.APPROVAL)
    now = timezone.now()
    release.release_due(now=now)
    approvals.settle(now=now)
    request = Approval.objects.get()
    room = deputy_client.get(page("room", opened)).content.decode()

    shown = deputy_client.get(address(request))
    deputy_client.post(address(request), {"_approve": "1"})

    assert address(request) in room
    assert "We are on it." in shown.context["sent"][0].letters[1].text
    entry = TimelineEntry.objects.get(step__name="First notice")
    assert entry.state == TimelineEntry.State.DONE


@pytest.mark.parametrize("is_asked", [True, False], ids=["an approval", "a step that waits"])
def test_a_survey_without_an_active_version_is_named_and_nothing_goes_out(
    deputy_client: Client, opened: Incident, plan: Plan, is_asked: bool
) -> None:
    step = plan.steps.filter(name="First notice")
    step.update(survey=SurveyFactory(slug="how"), who=PlanStep.Who.APPROVAL)
    now = timezone.now()
    release.release_due(now=now)
    entry = TimelineEntry.objects.get(step__name="First notice")
    where = page("entries", opened, entry.pk)
    if is_asked:
        approvals.settle(now=now)
        where = address(Approval.objects.get())

    typed = {"decision": "approve", "_approve": "1"}
    answer = deputy_client.post(where, typed, follow=True).content.decode()

    assert "“how” has no active version" in answer
    assert TimelineEntry.objects.get(pk=entry.pk).state == TimelineEntry.State.WAITING


# Promises at the desk


@pytest.fixture
def internal_rhythm(plan: Plan) -> None:
    plan.rhythms.bulk_create(
        [plan.rhythms.model(plan=plan, audience="internal", interval=timedelta(minutes=15))]
    )


@pytest.mark.usefixtures("internal_rhythm")
def test_each_audience_is_promised_its_own_rhythm(lead_client: Client, opened: Incident) -> None:
    form = lead_client.get(page("publish", opened)).context["form"]
    assert form["next_update_internal"].value() == "15"
    typed = form_of(opened, next_update_internal="60")

    review = lead_client.post(page("publish", opened), typed).context["review"]
    lead_client.post(page("publish", opened), typed | {"_publish": "1"})

    assert [audience for audience, _at in review.promises] == ["", "internal"]
    made = {promise.audience: promise.due_at - promise.made_at for promise in Promise.objects.all()}
    assert timedelta(minutes=30) <= made[""] < timedelta(minutes=35)
    assert timedelta(minutes=60) <= made["internal"] < timedelta(minutes=65)


@pytest.mark.usefixtures("internal_rhythm")
def test_words_for_internal_readers_leave_the_customers_promise_alone(
    lead_client: Client, opened: Incident
) -> None:
    lead_client.post(page("publish", opened), form_of(opened) | {"_publish": "1"})
    owed = Promise.objects.get(audience="")
    typed = form_of(opened, audience="internal", after=str(Update.objects.get().pk))

    review = lead_client.post(page("publish", opened), typed).context["review"]
    lead_client.post(page("publish", opened), typed | {"_publish": "1"})

    assert not any(number for _channel, number in review.reach)
    owed.refresh_from_db()
    assert owed.settled_at is None
    assert Update.objects.latest("pk").audience == "internal"
    assert Promise.objects.filter(audience="internal", settled_at=None).count() == 1


def test_words_for_some_readers_cannot_change_the_status(
    lead_client: Client, opened: Incident
) -> None:
    typed = form_of(opened, **UNCHANGED, audience="internal", status="monitoring")

    answer = lead_client.post(page("publish", opened), typed)

    assert "tell everybody" in answer.context["form"].errors["audience"][0]


@pytest.fixture
def lasting(opened: Incident, plan: Plan) -> Incident:
    """It has lasted three hours; after two the plan allows an hour between updates."""
    plan.slower_after, plan.slower_interval = timedelta(hours=2), timedelta(hours=1)
    plan.save()
    opened.opened_at = timezone.now() - timedelta(hours=3)
    opened.save()
    return opened


def test_a_slower_rhythm_is_proposed_and_announced(lead_client: Client, lasting: Incident) -> None:
    form = lead_client.get(page("publish", lasting)).context["form"]
    typed = form_of(lasting, next_update="60")

    review = lead_client.post(page("publish", lasting), typed)
    lead_client.post(page("publish", lasting), typed | {"_publish": "1"})
    release.release_due(now=timezone.now())

    assert form["next_update"].value() == "60"
    assert form.slower_note() == (
        "It has lasted more than 2\xa0hours: the plan allows a word every 60 minutes."
        " The first message in this rhythm announces it."
    )
    assert "a word every 60 minutes" in review.content.decode()
    entry = TimelineEntry.objects.get(step__name="Update", broadcast__isnull=False)
    assert entry.broadcast
    assert entry.broadcast.facts["en"]["next_update"].endswith("(from now on every 60 minutes)")


def test_whoever_promises_to_write_sooner_announces_nothing(
    lead_client: Client, lasting: Incident
) -> None:
    review = lead_client.post(page("publish", lasting), form_of(lasting)).context["review"]

    assert review.slower == ""


def test_the_room_shows_what_was_promised_and_how_it_went(
    lead_client: Client, opened: Incident, lead: User
) -> None:
    lead_client.post(page("publish", opened), form_of(opened) | {"_publish": "1"})
    second = form_of(opened, after=str(Update.objects.get().pk)) | {"_publish": "1"}
    lead_client.post(page("publish", opened), second)

    ledger = lead_client.get(page("room", opened)).context["ledger"]

    assert [row.promise.outcome for row in ledger] == ["open", "kept"]
    assert [row.answered_by for row in ledger] == ["", "Lea"]
    assert lead_client.get(reverse("admin:incidents_promise_changelist")).status_code == 200
