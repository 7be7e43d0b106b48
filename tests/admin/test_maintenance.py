"""Leading a maintenance in the admin: each turn is looked at before it happens."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.models import ComponentUse
from incidents.models import (
    Blackout,
    Component,
    Incident,
    LeadTime,
    MaintenanceSeries,
    Plan,
    PlanStep,
)
from incidents.services import incidents, maintenance, release
from messaging.models import Template
from tests.admin.desk import form_of, page
from tests.factories import (
    AccountFactory,
    PlanFactory,
    PlanStepFactory,
    UpdateFactory,
    maintenance_of,
)

HOUR = timedelta(hours=1)

# Where nothing has moved, only the new time is said.
OLD_AND_NEW = (
    "{% if old_for %}{{ old_for }} {% endif %}→"
    "{% if scheduled_for %} {{ scheduled_for }}{% endif %}{% if reason %}, {{ reason }}{% endif %}"
)


@pytest.fixture
def work_plan(words: Template, lead: User) -> Plan:
    plan = PlanFactory(name="Work", owner=lead, kind="maintenance")
    Trigger = PlanStep.Trigger
    for trigger, offset, status in [
        (Trigger.OPENED, 0, ""),
        (Trigger.STARTS, -1, ""),
        (Trigger.STATUS_REACHED, 0, "in_progress"),
        (Trigger.STATUS_REACHED, 0, "verifying"),
        (Trigger.MOVED, 0, ""),
        (Trigger.EXTENDED, 0, ""),
        (Trigger.ROLLED_BACK, 0, ""),
    ]:
        PlanStepFactory(
            plan=plan,
            name=f"{trigger.label} {status}".strip(),
            trigger=trigger,
            status=status,
            offset=offset * HOUR,
            template=words,
            tells_affected=True,
            statement={"en": OLD_AND_NEW},
        )
    return plan


@pytest.fixture
def start() -> datetime:
    return (timezone.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def work(checkout: Component, work_plan: Plan, lead: User, start: datetime) -> Incident:
    return maintenance_of(checkout, scheduled_for=start, lead=lead)


@pytest.fixture
def announced(work: Incident, lead: User) -> Incident:
    return incidents.open(incident=work, by=lead, now=timezone.now())


@pytest.fixture
def running(announced: Incident) -> Incident:
    now = timezone.now()
    release.release_due(now=now)
    Incident.objects.filter(pk=announced.pk).update(
        scheduled_for=now - HOUR, scheduled_until=now + HOUR
    )
    maintenance.start_due(now=now)
    announced.refresh_from_db()
    return announced


def times(start: datetime, end: datetime, **more: str) -> dict[str, str]:
    first, last = timezone.localtime(start), timezone.localtime(end)
    return {
        "new_for_0": f"{first:%Y-%m-%d}",
        "new_for_1": f"{first:%H:%M:%S}",
        "new_until_0": f"{last:%Y-%m-%d}",
        "new_until_1": f"{last:%H:%M:%S}",
        "reason_en": "A part is missing.",
        "reason_de": "",
        **more,
    }


def update_of(client: Client, place: str, **more: str) -> dict[str, str]:
    """What the form of a turn sends when nothing in it is changed."""
    form = client.get(place).context["form"]
    component = form.incident.components.get()
    texts = form.initial["public_text"]
    return {
        "after": str(form.initial["after"]),
        "status": form.initial["status"],
        "public_text_en": texts["en"],
        "public_text_de": texts["de"],
        f"component_{component.pk}": form.initial[f"component_{component.pk}"],
        "next_update": form.initial.get("next_update", ""),
        **more,
    }


def test_opening_it_too_late_for_a_contract_asks_for_a_tick_that_names_it(
    lead_client: Client, work: Incident, work_plan: Plan, checkout: Component
) -> None:
    account = AccountFactory(name="Muster AG", tier="key")
    ComponentUse.objects.create(account=account, component=checkout.slug)
    week = LeadTime(plan=work_plan, tier="key", notice=timedelta(days=7))
    week.save_base(force_insert=True)

    asked = lead_client.get(page("open", work))
    refused = lead_client.post(page("open", work))
    work.refresh_from_db()
    was_draft = work.is_draft
    lead_client.post(page("open", work), {"knows_lead_time_key": "on"})

    said = "1 key account is to hear 7 days before; it starts in"
    assert said in asked.content.decode()
    assert "Muster AG" in asked.content.decode()
    assert "Tick that you know this" in refused.content.decode()
    assert was_draft
    work.refresh_from_db()
    assert not work.is_draft


def test_opening_it_shows_when_it_is_reminded_of(
    lead_client: Client, work: Incident, work_plan: Plan, words: Template, start: datetime
) -> None:
    PlanStepFactory(
        plan=work_plan,
        trigger=PlanStep.Trigger.ENDS,
        template=words,
        tells_affected=True,
        statement={"en": "It takes longer."},
        repeat_every=HOUR / 2,
        repeat_limit=3,
    )

    opening = lead_client.get(page("open", work)).context["opening"]

    assert [(row.step.trigger, row.due_at) for row in opening.rows[1:]] == [
        ("starts", start - HOUR),
        ("status_reached", start),
        ("ends", start + 2 * HOUR),
    ]
    overrun = opening.rows[-1]
    assert overrun.unless == "only if it is not over by then"
    assert [at - overrun.due_at for at in overrun.again] == [HOUR / 2, HOUR]
    begins = opening.rows[2].letters[0].text
    assert begins.startswith("→ ")  # the step's own words, filled
    assert not {"starts", "ends"} & {row.step.trigger for row in opening.later}


def test_opening_it_shows_every_word_while_work_is_done(
    lead_client: Client, work: Incident, work_plan: Plan, words: Template, start: datetime
) -> None:
    step = PlanStepFactory(
        plan=work_plan,
        trigger=PlanStep.Trigger.PROMISE_DUE,
        template=words,
        tells_affected=True,
        statement={"en": "Still at work."},
        repeat_limit=4,
    )

    opening = lead_client.get(page("open", work)).context["opening"]

    [holding] = [row for row in opening.rows if row.step == step]
    every = work_plan.update_interval
    assert [at - start for at in (holding.due_at, *holding.again)] == [every, 2 * every, 3 * every]


def test_what_waits_for_a_person_to_begin_has_no_time_yet(
    lead_client: Client, work: Incident
) -> None:
    Incident.objects.filter(pk=work.pk).update(runs_by_clock=False)

    opening = lead_client.get(page("open", work)).context["opening"]

    assert "status_reached" not in {row.step.trigger for row in opening.rows}
    assert "status_reached" in {row.step.trigger for row in opening.later}


def test_opening_it_after_its_start_is_done_knowingly(lead_client: Client, work: Incident) -> None:
    Incident.objects.filter(pk=work.pk).update(scheduled_for=timezone.now() - HOUR)

    answer = lead_client.post(page("open", work))

    assert list(answer.context["form"].errors) == ["knows_passed"]
    assert "it begins the moment it is opened" in answer.text
    # Before the long list of what goes out.
    assert answer.text.index('name="knows_passed"') < answer.text.index("What goes out, and when")


def test_a_warning_that_came_up_meanwhile_is_not_confirmed_unread(
    lead_client: Client, work: Incident, start: datetime
) -> None:
    known = Blackout.objects.create(name="Season", starts_at=start, ends_at=start + HOUR)
    new = Blackout.objects.create(name="Release", starts_at=start, ends_at=start + HOUR)

    answer = lead_client.post(page("open", work), {f"knows_blackout_{known.pk}": "on"})

    assert list(answer.context["form"].errors) == [f"knows_blackout_{new.pk}"]
    work.refresh_from_db()
    assert work.is_draft


def test_the_draft_says_what_speaks_against_it(
    lead_client: Client, work: Incident, start: datetime
) -> None:
    Blackout.objects.create(name="Season", starts_at=start, ends_at=start + HOUR)

    answer = lead_client.get(reverse("admin:incidents_incident_change", args=[work.pk]))

    assert "It falls into the blackout period “Season”" in answer.content.decode()


def test_moving_shows_who_is_told_what_before_it_happens(
    lead_client: Client, announced: Incident, start: datetime
) -> None:
    typed = times(start + HOUR, start + 3 * HOUR)

    looked = lead_client.post(page("move", announced), typed)
    assert not announced.schedule_changes.exists()
    done = lead_client.post(page("move", announced), typed | {"_confirm": "1"})

    review = looked.context["review"]
    assert [row.step.name for row in review.now] == ["maintenance moved"]
    assert dict(review.reach) == {"E-mail": 2}
    assert [row.step.name for row in review.later] == ["maintenance is to start"]
    assert "A part is missing" in looked.content.decode()
    assert done.url == page("change", announced)
    change = announced.schedule_changes.get()
    assert (change.old_for, change.new_for) == (start, start + HOUR)


def test_moving_into_a_blackout_is_done_knowingly_or_not_at_all(
    lead_client: Client, announced: Incident, start: datetime
) -> None:
    season = Blackout.objects.create(
        name="Season", starts_at=start + 20 * HOUR, ends_at=start + 30 * HOUR
    )
    typed = times(start + 24 * HOUR, start + 26 * HOUR, _confirm="1")

    refused = lead_client.post(page("move", announced), typed)
    assert not announced.schedule_changes.exists()
    lead_client.post(page("move", announced), typed | {f"knows_blackout_{season.pk}": "on"})

    assert "Season" in refused.content.decode()
    assert announced.schedule_changes.exists()


def test_times_that_cannot_be_come_back_with_advice(
    lead_client: Client, announced: Incident, start: datetime
) -> None:
    answer = lead_client.post(page("move", announced), times(start + HOUR, start))

    assert answer.context["form"].non_field_errors() == [
        "The maintenance must end after it starts: choose a later end."
    ]


def test_a_later_end_is_told_without_a_start(lead_client: Client, running: Incident) -> None:
    until = running.scheduled_until.replace(second=0, microsecond=0) + HOUR
    typed = times(until, until, _confirm="1")

    lead_client.post(page("extend", running), typed)

    assert running.schedule_changes.get().kind == "extended"


def test_a_reason_in_one_language_alone_is_said_before_it_goes_out(
    lead_client: Client, running: Incident
) -> None:
    until = running.scheduled_until.replace(second=0, microsecond=0) + HOUR

    one = lead_client.post(page("extend", running), times(until, until)).text
    both = times(until, until, reason_de="Ein Teil fehlt.")

    assert "“Reason” is missing in: de." in one
    assert "is missing in" not in lead_client.post(page("extend", running), both).text


def test_the_pages_that_do_not_come_next_say_what_does(
    lead_client: Client, running: Incident
) -> None:
    for name, advice in [
        ("move", "extend it, or roll it back"),
        ("cancel", "roll it back or complete it"),
        ("start", "Only what is scheduled"),
    ]:
        answer = lead_client.get(page(name, running), follow=True)
        assert advice in answer.content.decode()


def test_started_by_hand_with_words_to_begin_from(lead_client: Client, announced: Incident) -> None:
    typed = update_of(lead_client, page("start", announced))

    looked = lead_client.post(page("start", announced), typed)
    lead_client.post(page("start", announced), typed | {"_publish": "1"})

    assert [row.step.name for row in looked.context["review"].now] == ["status reached in_progress"]
    announced.refresh_from_db()
    assert announced.status == "in_progress"
    assert announced.components.get().status == "under_maintenance"


def test_rolling_back_shows_and_does_the_same(lead_client: Client, running: Incident) -> None:
    typed = update_of(lead_client, page("rollback", running))

    looked = lead_client.post(page("rollback", running), typed)
    running.refresh_from_db()
    assert running.rolled_back_at is None
    lead_client.post(page("rollback", running), typed | {"_publish": "1"})

    assert [row.step.name for row in looked.context["review"].now] == ["maintenance rolled back"]
    running.refresh_from_db()
    assert running.rolled_back_at
    told = running.timeline.get(reason="rolled_back")
    assert "restored the state before" in told.update.public_text["en"]
    assert not running.timeline.filter(step__status="verifying").exists()


def test_called_off_before_it_begins(lead_client: Client, announced: Incident) -> None:
    typed = update_of(lead_client, page("cancel", announced))

    lead_client.post(page("cancel", announced), typed | {"_publish": "1"})

    announced.refresh_from_db()
    assert announced.status == "cancelled"


def test_the_room_says_what_goes_out_when_it_begins_by_itself(
    lead_client: Client, announced: Incident
) -> None:
    own = lead_client.get(page("room", announced)).context["own_start"]

    (going,) = own.going
    assert going.name == "status reached in_progress"
    assert "Shop customers" in going.audience
    assert dict(going.reach) == {"E-mail": 2}
    Incident.objects.filter(pk=announced.pk).update(runs_by_clock=False)
    assert lead_client.get(page("room", announced)).context["own_start"] is None


def test_the_room_says_nothing_begins_by_itself_that_waits_for_a_decision(
    lead_client: Client, announced: Incident
) -> None:
    UpdateFactory(incident=announced, status="cancelled", state="proposed")

    assert lead_client.get(page("room", announced)).context["own_start"] is None


def test_each_reader_of_the_room_has_its_own_language(
    lead_client: Client, announced: Incident
) -> None:
    def reach(language: str) -> set[str]:
        lead_client.cookies["django_language"] = language
        answer = lead_client.get(page("room", announced), headers={"HX-Request": "true"})
        own = answer.context["own_start"]
        return {channel for channel, _number in own.going[0].reach}

    assert (reach("de"), reach("en")) == ({"E-Mail"}, {"E-mail"})


def test_the_room_says_that_it_takes_longer(lead_client: Client, running: Incident) -> None:
    Incident.objects.filter(pk=running.pk).update(scheduled_until=timezone.now() - HOUR / 2)

    room = lead_client.get(page("room", running)).content.decode()

    assert "takes longer than planned" in room
    assert "Later end…" in room
    assert "Complete…" in room


def test_what_has_not_begun_cannot_be_completed(lead_client: Client, announced: Incident) -> None:
    room = lead_client.get(page("room", announced)).content.decode()

    assert "Start now…" in room
    assert "Complete…" not in room


def series_form(lead: User, checkout: Component, **changes: object) -> dict[str, object]:
    return {
        "title_en": "Weekly restart",
        "components": [checkout.pk],
        "lead": lead.pk,
        "is_active": "on",
        "rule": "FREQ=WEEKLY;BYDAY=SU",
        "first_at_0": "2026-03-08",
        "first_at_1": "02:30:00",
        "time_zone": "Europe/Berlin",
        "duration": "1 h",
        "ahead": "14 days",
        "_save": "",
        **changes,
    }


def test_a_series_shows_its_next_times_in_words(
    lead_client: Client, lead: User, checkout: Component
) -> None:
    place = reverse("admin:incidents_maintenanceseries_add")

    answer = lead_client.post(place, series_form(lead, checkout), follow=True)

    text = answer.content.decode()
    assert text.count("Sunday, ") >= 5
    assert ", 02:30 CE" in text


def test_a_series_that_drafts_too_late_for_a_contract_says_so(
    lead_client: Client, lead: User, checkout: Component, work_plan: Plan
) -> None:
    LeadTime(plan=work_plan, tier="key", notice=timedelta(days=14)).save_base(force_insert=True)
    place = reverse("admin:incidents_maintenanceseries_add")

    shown = lead_client.post(place, series_form(lead, checkout), follow=True).content.decode()

    assert "key account: 14 days" in shown
    assert "“drafted ahead” longer" in shown


def test_a_series_that_comes_too_often_to_draft_all_of_it_says_so(
    lead_client: Client, lead: User, checkout: Component
) -> None:
    place = reverse("admin:incidents_maintenanceseries_add")
    daily = series_form(lead, checkout, rule="FREQ=DAILY", ahead="366 days")

    shown = lead_client.post(place, daily, follow=True).content.decode()

    assert "Ten drafts wait at a time" in shown


def test_a_rule_that_cannot_be_used_is_refused_on_save(
    lead_client: Client, lead: User, checkout: Component
) -> None:
    place = reverse("admin:incidents_maintenanceseries_add")

    answer = lead_client.post(place, series_form(lead, checkout, rule="every Sunday"))

    assert "does not belong into a rule" in answer.context["adminform"].form.errors["rule"][0]
    assert not MaintenanceSeries.objects.exists()


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ({"ahead": "-5 days"}, "longer than zero"),
        ({"ahead": "99999 days"}, "at most 366 days"),
        ({"duration": "4"}, "write 4 min, 4 h or 4 days."),
        ({"rule": "FREQ=DAILY", "duration": "2 days"}, "It comes again after 1 day"),
        ({"first_at_0": "9998-03-08"}, "a year between"),
    ],
)
def test_a_series_beyond_any_calendar_is_refused_on_save(
    lead_client: Client, lead: User, checkout: Component, typed: dict[str, str], advice: str
) -> None:
    place = reverse("admin:incidents_maintenanceseries_add")

    answer = lead_client.post(place, series_form(lead, checkout, **typed))

    assert advice in str(answer.context["adminform"].form.errors)
    assert not MaintenanceSeries.objects.exists()


def test_the_first_start_is_by_the_clock_of_the_zone_beside_it(
    lead_client: Client, lead: User, checkout: Component
) -> None:
    place = reverse("admin:incidents_maintenanceseries_add")
    offered = lead_client.get(place).context["adminform"].form["time_zone"]
    there = {"time_zone": "Pacific/Auckland", "duration": "4:00"}

    answer = lead_client.post(place, series_form(lead, checkout, **there), follow=True)

    series = MaintenanceSeries.objects.get()
    assert offered.value() == "Europe/Berlin"
    assert series.first_at == datetime(2026, 3, 7, 13, 30, tzinfo=UTC)
    shown = answer.context["adminform"].form
    assert "02:30:00" in str(shown["first_at"])
    assert shown["duration"].value() == "4 h"


def test_an_occurrence_is_skipped_and_shown_so(
    lead_client: Client, lead: User, checkout: Component
) -> None:
    """Also in the hour that an autumn night has twice."""
    lead_client.post(reverse("admin:incidents_maintenanceseries_add"), series_form(lead, checkout))
    MaintenanceSeries.objects.update(first_at=datetime(2030, 10, 27, 0, 30, tzinfo=UTC))
    series = MaintenanceSeries.objects.get()
    place = reverse("admin:incidents_maintenanceseries_skip", args=[series.pk])
    first = lead_client.get(place).context["form"].fields["starts_at"].choices[0][0]

    answer = lead_client.post(place, {"starts_at": first}, follow=True)

    assert "skipped" in answer.content.decode()
    assert "CE" in answer.content.decode().partition("Skipped:")[2].partition("<")[0]
    assert series.times.get().skipped_by == lead
    offered = lead_client.get(place).context["form"].fields["starts_at"].choices
    assert first not in dict(offered)


@pytest.mark.slow(reason="goes through five pages")
def test_a_skip_is_taken_back(lead_client: Client, lead: User, checkout: Component) -> None:
    lead_client.post(reverse("admin:incidents_maintenanceseries_add"), series_form(lead, checkout))
    series = MaintenanceSeries.objects.get()
    page_of_it = reverse("admin:incidents_maintenanceseries_change", args=[series.pk])
    place = reverse("admin:incidents_maintenanceseries_take_back", args=[series.pk])
    before = lead_client.get(page_of_it).content.decode()
    skip = reverse("admin:incidents_maintenanceseries_skip", args=[series.pk])
    first = lead_client.get(skip).context["form"].fields["starts_at"].choices[0][0]
    lead_client.post(skip, {"starts_at": first})

    offered = lead_client.get(page_of_it).content.decode()
    [(choice, _words)] = lead_client.get(place).context["form"].fields["starts_at"].choices
    answer = lead_client.post(place, {"starts_at": choice}, follow=True)

    assert place not in before
    assert place in offered
    assert "It comes after all" in answer.content.decode()
    assert not series.times.filter(incident=None).exists()


def test_a_series_is_offered_plans_for_maintenance_that_are_in_force(
    lead_client: Client, work_plan: Plan
) -> None:
    PlanFactory(kind="maintenance", status=Plan.Status.DRAFT)
    PlanFactory(kind="incident")

    form = lead_client.get(reverse("admin:incidents_maintenanceseries_add")).context["adminform"]

    assert list(form.form.fields["plan"].queryset) == [work_plan]


def test_before_it_begins_the_form_promises_no_rhythm(
    lead_client: Client, announced: Incident
) -> None:
    typed = form_of(announced, status="scheduled", next_update="15") | {"_publish": "1"}

    lead_client.post(page("publish", announced), typed)

    said = announced.updates.get()
    assert (said.origin, said.next_update_due_at) == ("person", None)
