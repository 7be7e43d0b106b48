"""A plan as one file: readable, the same after a round trip, and honest about its mistakes."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from incidents.models import Plan, PlanStep
from incidents.services import plan_drafts, plan_files
from tests.factories import NOON

SMALL = """
plan: outage
name: Outage
steps:
  - name: First notice
    when: opened
    affected: true
    channels: [email]
    template: words
    statement: {en: We look into it., de: Wir prüfen es.}
"""


@pytest.fixture
def words(db: None, template: Any) -> None:
    template.slug = "words"
    template.save()


def load(text: str, by: User) -> Plan:
    document = plan_files.read(plan_files.parse(text), by=by, now=NOON)
    return plan_drafts.store(document=document)


def mistakes(text: str, by: User) -> list[str]:
    with pytest.raises(plan_files.BadPlanFile) as refused:
        load(text, by)
    assert not Plan.objects.exists()
    return list(refused.value.mistakes)


def test_a_small_file_is_enough(words: None, lead: User) -> None:
    plan = load(SMALL, lead)

    assert (plan.slug, plan.version, plan.status) == ("outage", 1, Plan.Status.DRAFT)
    assert (plan.owner, plan.review_on) == (lead, NOON.date().replace(month=5, day=31))
    assert [duty.user for duty in plan.duties.all()] == [lead]
    assert plan.publishes_unapproved == ["critical", "maintenance", "major"]
    step = plan.steps.get()
    assert step.statement == {"en": "We look into it.", "de": "Wir prüfen es."}
    assert step.who == PlanStep.Who.AUTOMATIC


def test_a_file_that_names_nobody_leaves_the_people_who_are_there(
    words: None, lead: User, deputy: User
) -> None:
    load(SMALL.replace("name: Outage", "name: Outage\nowner: deputy\nduties: [lead, deputy]"), lead)

    document = plan_files.read(plan_files.parse(SMALL), by=lead, now=NOON)

    assert (document.plan["owner"], document.duties) == ("deputy", ["lead", "deputy"])


def test_what_is_written_is_read_back_the_same(
    plan: Plan, phone_step: PlanStep, lead: User
) -> None:
    phone_step.instructions = "Ring them.\nNote what they say: all of it."
    phone_step.save_base()
    plan.publishes_unapproved = []
    plan.save()
    text = plan_files.write(plan)

    draft = load(text, lead)

    assert draft.version == 2
    assert plan_files.write(draft) == text
    assert "offset: 15 min" in text
    assert "publish_unapproved: []" in text
    assert "update_every" not in text  # It is what everybody expects.


def test_a_plan_without_a_post_mortem_is_read_back_without(words: None, lead: User) -> None:
    promising = load(SMALL, lead)
    assert promising.postmortem_within
    Plan.objects.update(postmortem_within=None, slug="without")

    text = plan_files.write(Plan.objects.get())
    Plan.objects.all().delete()

    assert load(text, lead).postmortem_within is None


def test_names_may_be_given_per_language(words: None, lead: User) -> None:
    text = SMALL.replace("name: Outage", "name: {de: Ausfall, en: Outage}")
    raw = plan_files.parse(text)

    assert plan_files.read(raw, by=lead, now=NOON, language="de").plan["name"] == "Ausfall"
    assert plan_files.read(raw, by=lead, now=NOON, language="en").plan["name"] == "Outage"


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("name: Outage", "nmae: Outage", "nmae: unknown key; known are plan, name"),
        ("plan: outage", "", "plan: is missing"),
        ("plan: outage", "plan: 7", "plan: must be a text"),
        ("plan: outage", "plan: out age", "plan: Enter a valid “slug”"),
        ("name: Outage", "name: Outage\nowner: nobody", "owner: no user “nobody”; known are lead"),
        ("name: Outage", "name: Outage\nduties: [lead, lead]", "duties: “lead” is there twice"),
        ("name: Outage", "name: Outage\nduties: lead", "duties: must be a list"),
        ("name: Outage", "name: Outage\nupdate_every: 20", "update_every: must be a duration"),
        ("name: Outage", "name: Outage\nupdate_every: soon", "update_every: no duration"),
        ("name: Outage", "name: Outage\nupdate_every: 999999 weeks", "update_every: too long"),
        (
            "name: Outage",
            "name: Outage\nupdate_every: " + "999999 weeks " * 200,
            "update_every: too long; at most 366 days",
        ),
        ("name: Outage", "name: Outage\nreview_on: 0001-01-01", "review_on: Please give a year"),
        ("name: Outage", "name: Outage\nreview_on: 9999-12-31", "review_on: Please give a year"),
        ("name: Outage", "name: Outage\nname: Other", "This is no YAML that can be read: “name”"),
        ("name: Outage", 'name: "a\\0b"', "This is no YAML that can be read: a character"),
        ("name: Outage", 'name: "\\uD800"', "This is no YAML that can be read: a character"),
        ("name: Outage", "name: Outage\nupdate_every: 0 min", "plan: The rhythm must be longer"),
        ("name: Outage", "name: Outage\nslower_every: 1 h", "plan: Say from when on the rhythm"),
        ("name: Outage", "name: Outage\nby_hand: maybe", "by_hand: must be true or false"),
        (
            "name: Outage",
            "name: Outage\npublish_unapproved: [huge]",
            "publish_unapproved: must be one of none, minor, major, critical",
        ),
        (
            "name: Outage",
            "name: Outage\nreview_on: soon",
            "review_on: must be a day like 2027-03-31, written without",
        ),
        ("name: Outage", "name: Outage\nsegments: [vip]", "segments: no segment “vip”; known"),
        ("name: Outage", "name: Outage\nrhythms: 5", "rhythms: must be a list"),
        ("name: Outage", "name: Outage\nrhythms: [5]", "rhythms[1]: must be keys with values"),
        (
            "name: Outage",
            "name: Outage\nrhythms: [{impact: minor}]",
            "rhythms[1].every: is missing",
        ),
        (
            "name: Outage",
            "name: Outage\nlead_times: [{tier: key, notice: 1 h}, {tier: key, notice: 2 h}]",
            "lead_times[2]: Lead time with this Plan and Tier already exists.",
        ),
        (
            "name: Outage",
            "name: Outage\nrhythms: [{every: 1 h}, {every: 2 h}]",
            "rhythms[2]: There is a rhythm for this impact and audience.",
        ),
        ("when: opened", "when: midnight", "steps[1].when: must be one of opened, status_reached"),
        ("when: opened", "when: status_reached", "steps[1]: Say which status has to be reached."),
        (
            "template: words",
            "template: foo",
            "steps[1].template: no template “foo”; known are words",
        ),
        ("template: words", "", "steps[1]: A step that sends something needs a template."),
        ("channels: [email]", "channels: [fax]", "steps[1].channels: must be one of email, sms"),
        ("channels: [email]", "", "steps[1].channels: Say by which channels the message goes."),
        ("when: opened", "when: opened\n    offset: -1 h", "steps[1]: Only the start and the end"),
        ("de: Wir", "fr: Wir", "steps[1].statement: unknown language fr; known are de, en"),
        ("when: opened", "when: opened\n    repeat_limit: -1", "steps[1].repeat_limit: must be a"),
        ("when: opened", "when: opened\n    segments: [{a: 1}]", "steps[1].segments: no segment"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_nothing_is_saved(
    old: str, new: str, mistake: str, words: None, lead: User
) -> None:
    found = mistakes(SMALL.replace(old, new), lead)

    assert any(one.startswith(mistake) for one in found), found


def test_what_cannot_be_read_is_no_repetition(words: None, lead: User) -> None:
    rows = "lead_times: [{tier: foo, notice: 1 h}, {tier: bar, notice: 2 h}]"

    found = mistakes(SMALL.replace("name: Outage", f"name: Outage\n{rows}"), lead)

    assert [one.partition(":")[0] for one in found] == ["lead_times[1].tier", "lead_times[2].tier"]


def test_all_mistakes_are_told_at_once(words: None, lead: User) -> None:
    text = SMALL.replace("words", "foo").replace("opened", "never").replace("plan:", "plna:")

    found = mistakes(text, lead)

    assert [one.partition(":")[0] for one in found] == [
        "plna",
        "plan",
        "steps[1].when",
        "steps[1].template",
    ]


def test_what_does_not_fit_together_is_told_with_what_cannot_be_read(
    words: None, lead: User
) -> None:
    text = SMALL.replace("name: Outage", "name: Outage\nupdate_every: 0 min\nby_hand: maybe")
    text = text.replace("template: words", "repeat_limit: 0\n    deadline: soon")
    text += (
        "  - {name: Remind, when: promise_due, offset: -1 h, who: task, template: foo}\n"
        "  - {name: Ask, when: update_published, who: nobody, channels: []}\n"
        "lead_times: [{tier: key, notice: 1 h}, {tier: key, notice: 2 h}]\n"
    )

    found = mistakes(text, lead)

    assert [one.partition(":")[0] for one in found] == [
        "by_hand",
        "steps[1].deadline",
        "steps[2].template",
        "steps[3].who",
        "plan",
        "lead_times[2]",
        "steps[1]",
        "steps[1]",
        "steps[2]",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "just words", "[1, 2]", "a: [", "review_on: 2027-02-31", "a: !!python/object:x.Y {}"],
)
def test_what_is_no_plan_at_all_is_refused(text: str, lead: User) -> None:
    with pytest.raises(plan_files.BadPlanFile):
        load(text, lead)


def test_a_deep_nest_is_refused(lead: User) -> None:
    with pytest.raises(plan_files.BadPlanFile):
        load("[" * 1_000, lead)


def test_somebody_elses_draft_is_not_replaced_unasked(words: None, lead: User) -> None:
    draft = load(SMALL, lead)

    with pytest.raises(plan_drafts.DraftInTheWay):
        load(SMALL.replace("Outage", "Other"), lead)

    document = plan_files.read(plan_files.parse(SMALL), by=lead, now=NOON)
    assert plan_drafts.store(document=document, replaces_draft=True) == draft
    assert Plan.objects.get().steps.count() == 1


def test_the_command_says_what_is_wrong(words: None, lead: User, tmp_path: Any) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(SMALL.replace("words", "foo"))

    with pytest.raises(CommandError, match=r"steps\[1\].template: no template “foo”"):
        call_command("import_plan", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_plan", str(tmp_path / "nowhere.yaml"))
    with pytest.raises(CommandError, match="no plan 'nowhere'"):
        call_command("export_plan", "nowhere")
