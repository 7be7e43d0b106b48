import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from pytest_django import DjangoDbBlocker

from audiences.models import (
    Account,
    Channel,
    ConsentEvent,
    Contact,
    Segment,
    Subscription,
    Suppression,
)
from audiences.services import addresses
from feedback.models import FollowUp, Question, Survey, SurveyVersion
from feedback.services import results
from feedback.services.results import Slice
from incidents.example import company
from incidents.models import Component, Incident, IncidentComponent, Plan, PlanStep
from incidents.services import improvements, incidents, lead_times, rewards, telling
from messaging.models import Broadcast, Template, TemplateVariant
from messaging.services import forecast
from messaging.services.audience import Whom
from tests.factories import NOON, maintenance_of

MINUTE = timedelta(minutes=1)
RESERVED_DOMAIN = re.compile(r"@(example\.(com|org|net)|[a-z0-9-]+\.example)$")
# Bundesnetzagentur, Ofcom and the North American plan keep these for films.
RESERVED_NUMBER = re.compile(
    r"\+49(17139200\d\d|176040690\d\d|(3023125|4066969|2214710|8999998|6990009)\d{3})"
    r"|\+44(7700900|2079460|1134960)\d{3}"
    r"|\+1(212|312|617)55501\d\d"
)


@pytest.fixture(scope="module")
def loaded_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A thousand people take a second; the tests of this module share them and change nothing."""
    with django_db_blocker.unblock(), transaction.atomic():
        company.load(password="a-demo-password", now=NOON)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def example(loaded_once: None, db: None) -> None:
    """The example company."""


def test_what_its_contracts_agree_on_is_noticed_before_a_maintenance(example: None) -> None:
    plan = Plan.objects.get(kind="maintenance")
    for component in Component.objects.all():
        work = maintenance_of(component, plan=plan)

        late = lead_times.missed(incident=work, starts_at=NOON + MINUTE, told_at=NOON)

        assert {one.tier for one in late} == {"key", "standard"}


def everything() -> list[object]:
    models = (User, Account, Contact, Segment, Subscription, Suppression, Component, Plan)
    models += (PlanStep, Survey, Question, Template, TemplateVariant)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.slow(reason="reads a thousand people twice to see that nothing moved")
def test_loading_twice_changes_nothing(example: None) -> None:
    before = everything()

    company.load(password="another-password", now=NOON.replace(year=2027))

    assert everything() == before


def test_everybody_can_be_reached_and_nobody_is_real(example: None) -> None:
    people = list(Contact.objects.all())

    # And the four who are called when it matters.
    assert len(people) == 1004
    for person in people:
        assert person.email or person.phone
        assert not person.email or RESERVED_DOMAIN.search(person.email), person.email
        assert not person.phone or RESERVED_NUMBER.fullmatch(person.phone), person.phone


def test_every_address_is_written_the_way_an_import_would_write_it(example: None) -> None:
    for person in Contact.objects.all():
        assert not person.email or addresses.normalise_email(person.email) == person.email
        assert not person.phone or addresses.normalise_phone(person.phone) == person.phone


def test_the_mix_is_that_of_a_real_customer_base(example: None) -> None:
    people = Contact.objects.all()
    heard_by_sms = Subscription.objects.filter(channel=Channel.SMS, state="confirmed")

    assert 250 < people.filter(language="en").count() < 450
    assert 800 < people.filter(feedback_consent_at__isnull=False).count() < 900
    assert 200 < heard_by_sms.values("contact").distinct().count() < 300
    assert 10 < people.filter(email="").count() < 50
    left = Subscription.objects.filter(state="unsubscribed").values("contact").distinct()
    assert left.count() == 12
    assert Suppression.objects.active().count() == 9


def test_people_without_an_e_mail_chose_text_messages(example: None) -> None:
    mobile_only = Contact.objects.filter(email="")
    by_sms = Subscription.objects.filter(channel=Channel.SMS).values("contact")

    assert not mobile_only.exclude(pk__in=by_sms).exists()


def test_no_number_gets_two_text_messages(example: None) -> None:
    by_sms = Contact.objects.filter(subscriptions__channel=Channel.SMS).distinct()

    assert by_sms.values("phone").distinct().count() == by_sms.count()


def test_many_people_stand_in_three_segments_and_count_once(example: None) -> None:
    segments = list(Segment.objects.all())
    seats = [pk for s in segments for pk in s.members(Channel.EMAIL).values_list("pk", flat=True)]

    assert sum(seats.count(pk) >= 3 for pk in set(seats)) >= 40
    suppressed = Suppression.objects.active().filter(channel=Channel.EMAIL).count()
    reached = forecast.forecast(now=NOON, channels=["email"], whom=Whom(segments)).by_channel
    assert reached == {"email": len(set(seats)) - suppressed}


def test_only_colleagues_read_technical_detail(example: None) -> None:
    operations = Segment.objects.get(detail="technical")

    members = operations.members(Channel.EMAIL)
    assert members.count() > 30
    assert not members.exclude(email__endswith="@sendelot.example").exists()
    assert not operations.is_listed


def test_every_component_knows_who_depends_on_it(example: None) -> None:
    for component in Component.objects.all():
        found = forecast.forecast(
            now=NOON, channels=["email"], whom=Whom(component.dependents.all())
        )
        assert found.by_channel["email"] > 100


def test_the_log_ins_work_and_only_the_lead_may_do_everything(example: None) -> None:
    staff = User.objects.filter(is_staff=True)

    assert {user.check_password("a-demo-password") for user in staff} == {True}
    assert [user.username for user in staff if user.is_superuser] == ["mara"]
    assert User.objects.get(username="jonas").has_perm("incidents.add_incident")
    tom = User.objects.get(username="tom")
    assert tom.has_perm("feedback.change_followup")
    assert not tom.has_perm("incidents.add_incident")


def test_key_accounts_have_an_account_manager(example: None) -> None:
    assert Account.objects.filter(tier="key").count() == 24
    assert not Account.objects.filter(tier="key", account_manager=None).exists()


@pytest.mark.parametrize(
    "slug", ["critical-outage", "incident", "maintenance", "security-incident"]
)
def test_each_plan_is_valid_and_led_by_three_people(example: None, slug: str) -> None:
    plan = Plan.objects.active().get(slug=slug)

    duties = plan.duties.order_by("position")
    assert [duty.user.username for duty in duties] == ["mara", "jonas", "aylin"]
    for step in plan.steps.all():
        step.full_clean()


def test_an_incident_opened_under_the_plan_tells_a_thousand_customers(example: None) -> None:
    incident = Incident.objects.create(
        title={"en": "Labels cannot be printed", "de": "Etiketten werden nicht gedruckt"},
        started_at=NOON,
    )
    IncidentComponent.objects.create(
        incident=incident, component=Component.objects.get(slug="labels"), status="major_outage"
    )

    opened = incidents.open(incident=incident, by=None, now=NOON)

    first = opened.timeline.get(step__name="First notice")
    told = telling.foresee(step=first.step, incident=opened, now=NOON).by_channel
    assert told["email"] > 900
    assert told["sms"] > 200
    assert opened.lead == User.objects.get(username="mara")


def test_feedback_is_asked_by_e_mail_with_a_survey_in_both_languages(example: None) -> None:
    steps = PlanStep.objects.filter(template__stage="feedback")

    assert {step.survey.slug for step in steps} == {"post-incident", "post-maintenance"}
    assert all(step.channels == ["email"] for step in steps)
    for survey in SurveyVersion.objects.active():
        assert survey.title.keys() == survey.intro.keys() == survey.thanks.keys() == {"de", "en"}
        assert all(one.text.keys() == {"de", "en"} for one in survey.questions.all())


def test_everybody_who_hears_anything_has_agreed_to_it(example: None) -> None:
    rows = set(Subscription.objects.values_list("contact", "segment", "channel"))
    left = Subscription.objects.filter(state=Subscription.State.UNSUBSCRIBED)
    places = ("contact", "segment", "channel")

    given = ConsentEvent.objects.filter(kind="given", purpose="notice").values_list(*places)
    withdrawn = ConsentEvent.objects.filter(kind="withdrawn").values_list(*places)

    assert set(given) == rows
    assert set(withdrawn) == set(left.values_list(*places)) != set()
    asked = Contact.objects.exclude(feedback_consent_at=None).values_list("pk")
    agreed = ConsentEvent.objects.filter(kind="given", purpose="feedback").values_list("contact")
    assert set(agreed) == set(asked) != set()


def test_its_past_brought_enough_answers_to_learn_from(example: None) -> None:
    survey = Survey.objects.get(slug="post-incident")
    whole = Slice(survey)

    assert 60 <= (results.summary(of=whole).turnout.answered or 0) <= 100
    by_incident = results.grouped(of=whole, by="occasion").groups
    assert [one.is_withheld for one in by_incident] == [False] * 8
    by_month = results.summary(of=whole).trends[0].points
    assert not any(one.result.is_withheld for one in by_month)
    assert len(by_month) >= 6
    assert any(rewards.rewards(survey=survey, now=NOON).correlations.values())


def test_its_past_leaves_nothing_to_do(example: None) -> None:
    assert FollowUp.objects.exists()
    assert not FollowUp.objects.filter(state=FollowUp.State.OPEN).exists()
    assert not Incident.objects.active().exists()
    asked = Broadcast.objects.filter(purpose="feedback").latest("started_at").started_at
    assert asked < NOON - timedelta(days=settings.FEEDBACK_REST_DAYS)
    told = Incident.objects.filter(key__in=Broadcast.objects.values("thread"))
    assert any(improvements.published(incident=one).exists() for one in told)
