"""Versions of a plan in the admin: made, checked, compared, activated, brought in and out."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import BaseForm
from django.test import Client
from django.urls import reverse

from audiences import languages
from audiences.fields import TextsWidget
from incidents.models import Duty, Incident, Plan, PlanStep
from incidents.services import plan_files, plan_versions
from tests.factories import NOON, DutyFactory, UserFactory

LISTING = "admin:incidents_plan_changelist"


def page(name: str, plan: Plan) -> str:
    return reverse(f"admin:incidents_plan_{name}", args=[plan.pk])


@pytest.fixture
def ready(plan: Plan, lead: User, deputy: User) -> Plan:
    """In force, with people, and with nothing wrong in it."""
    DutyFactory(plan=plan, user=lead)
    DutyFactory(plan=plan, user=deputy, position=1)
    plan.steps.filter(who="task").update(role="lead", deadline=timedelta(minutes=30))
    return plan


@pytest.fixture
def revised(ready: Plan, lead: User) -> Plan:
    draft = plan_versions.revise(plan=ready, by=lead, now=NOON)
    draft.steps.filter(name="Phone the key accounts").update(offset=timedelta(minutes=10))
    return draft


def as_shown(form: BaseForm) -> Iterator[tuple[str, object]]:
    """What a browser would send back of a form that nobody touched."""
    for field in form:
        widget, value = field.field.widget, field.value()
        if isinstance(widget, TextsWidget):
            parts = zip(languages.codes(), widget.decompress(value), strict=True)
            yield from ((f"{field.html_name}_{code}", text) for code, text in parts)
        elif value is not None and value is not False:
            yield field.html_name, field.field.prepare_value(value)


def upload(client: Client, text: str, **more: str) -> object:
    file = SimpleUploadedFile("plan.yaml", text.encode())
    return client.post(reverse("admin:incidents_plan_upload"), {"file": file, **more})


def test_a_version_in_force_is_read_and_not_edited(lead_client: Client, ready: Plan) -> None:
    ready.steps.filter(trigger="update_published").update(who=PlanStep.Who.APPROVAL)

    shown = lead_client.get(page("change", ready))

    assert "cannot be edited" in shown.text
    rule = "approves it within 15 minutes, published at major, critical, maintenance, else held"
    assert rule in shown.text
    assert "critical, maintenance, major</" in " ".join(shown.text.split())
    assert "at once on opening" in shown.text
    assert "task for the lead, until 30 minutes after the opening" in shown.text
    assert 'name="name"' not in shown.text
    for offered in ("revise", "compare", "download", "retire"):
        assert page(offered, ready) in shown.text
    assert page("activate", ready) not in shown.text


def test_what_was_typed_into_a_version_that_went_into_force_is_refused_kindly(
    lead_client: Client, ready: Plan
) -> None:
    answer = lead_client.post(page("change", ready), {"name": "Other"}, follow=True)

    assert answer.status_code == 200
    assert "make a new version" in answer.text
    ready.refresh_from_db()
    assert ready.name == "Shop"


@pytest.mark.parametrize("model", [PlanStep, Duty])
def test_a_part_of_a_version_in_force_is_looked_at_only(
    model: type[PlanStep | Duty], lead_client: Client, ready: Plan
) -> None:
    part = model.objects.filter(plan=ready).first()
    name = model._meta.model_name

    shown = lead_client.get(reverse(f"admin:incidents_{name}_change", args=[part.pk]))
    typed = lead_client.post(reverse(f"admin:incidents_{name}_change", args=[part.pk]), {})
    deleted = lead_client.post(
        reverse(f"admin:incidents_{name}_delete", args=[part.pk]), {"post": "yes"}
    )

    assert shown.status_code == 200
    assert (typed.status_code, deleted.status_code) == (403, 403)
    assert model.objects.filter(pk=part.pk).exists()


def test_a_part_cannot_be_added_to_a_version_in_force(
    lead_client: Client, ready: Plan, ana: object
) -> None:
    typed = {"plan": ready.pk, "user": User.objects.get(username="lead").pk, "position": 7}

    answer = lead_client.post(reverse("admin:incidents_duty_add"), typed)

    assert "make a new version" in str(answer.context["adminform"].form.errors["plan"])
    assert not Duty.objects.filter(position=7).exists()


def test_deleting_from_the_list_spares_what_is_in_force(lead_client: Client, ready: Plan) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [ready.pk], "post": "yes"}

    answer = lead_client.post(reverse(LISTING), chosen)

    assert answer.status_code in (200, 302, 403)
    assert Plan.objects.filter(pk=ready.pk).exists()
    assert ready.steps.exists()


@pytest.mark.slow(reason="renders the longest form there is")
def test_a_new_version_is_asked_for_and_opened(lead_client: Client, ready: Plan) -> None:
    assert lead_client.get(page("revise", ready)).status_code == 200
    assert Plan.objects.count() == 1

    answer = lead_client.post(page("revise", ready))

    draft = Plan.objects.get(status="draft")
    assert answer.url == page("change", draft)
    opened = lead_client.get(answer.url)
    assert 'name="name"' in opened.text
    assert page("activate", draft) in opened.text


@pytest.mark.slow(reason="renders and reads the longest form there is")
def test_a_draft_can_be_saved_as_the_page_shows_it(lead_client: Client, revised: Plan) -> None:
    shown = lead_client.get(page("change", revised))
    forms = [shown.context["adminform"].form]
    for inline in shown.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    typed = {name: value for form in forms for name, value in as_shown(form)}

    answer = lead_client.post(page("change", revised), typed | {"changes": "Phones earlier."})

    assert answer.status_code == 302
    revised.refresh_from_db()
    assert revised.changes == "Phones earlier."
    assert revised.steps.count() == 5


def test_the_check_says_where_to_mend(lead_client: Client, revised: Plan) -> None:
    step = revised.steps.get(name="First notice")
    revised.steps.filter(pk=step.pk).update(statement={"en": "{{ nonsense }}"})

    shown = lead_client.get(page("inspect", revised))

    assert "nonsense" in shown.text
    assert reverse("admin:incidents_planstep_change", args=[step.pk]) in shown.text


def test_activating_shows_what_changes_and_asks(lead_client: Client, revised: Plan) -> None:
    shown = lead_client.get(page("activate", revised))

    assert "<del>0 minutes</del> → <ins>10 minutes</ins>" in shown.text
    assert "version 1 will be retired" in shown.text
    revised.refresh_from_db()
    assert revised.is_draft

    lead_client.post(page("activate", revised))

    revised.refresh_from_db()
    assert revised.status == Plan.Status.ACTIVE
    assert Plan.objects.get(version=1).status == Plan.Status.RETIRED


def test_activating_counts_the_incidents_that_keep_their_version(
    lead_client: Client, ready: Plan, opened: Incident, lead: User
) -> None:
    draft = plan_versions.revise(plan=ready, by=lead, now=NOON)

    assert "1 incident under way keeps" in lead_client.get(page("activate", draft)).text


def test_a_draft_with_errors_is_not_activated(lead_client: Client, revised: Plan) -> None:
    revised.duties.all().delete()

    assert "before the errors are mended" in lead_client.get(page("activate", revised)).text
    answer = lead_client.post(page("activate", revised))

    assert "Nobody leads" in answer.text
    revised.refresh_from_db()
    assert revised.is_draft


def test_activating_twice_says_so(lead_client: Client, revised: Plan, lead: User) -> None:
    plan_versions.activate(draft=revised, by=lead, now=NOON)

    answer = lead_client.post(page("activate", revised), follow=True)

    assert "activated or retired before" in answer.text


def test_any_two_versions_are_compared(lead_client: Client, revised: Plan, lead: User) -> None:
    assert "0 minutes</del> → <ins>10 minutes" in lead_client.get(page("compare", revised)).text
    first = Plan.objects.get(version=1)
    assert "10 minutes</del> → <ins>0 minutes" in lead_client.get(page("compare", first)).text


def test_the_only_version_has_nothing_to_be_compared_with(lead_client: Client, ready: Plan) -> None:
    assert "the only version" in lead_client.get(page("compare", ready)).text


def test_retiring_is_asked_for(lead_client: Client, ready: Plan) -> None:
    assert "Incidents under way keep it" in lead_client.get(page("retire", ready)).text

    lead_client.post(page("retire", ready))

    ready.refresh_from_db()
    assert ready.status == Plan.Status.RETIRED


def test_a_plan_goes_out_as_a_file_and_comes_back(lead_client: Client, ready: Plan) -> None:
    text = lead_client.get(page("download", ready)).text
    assert text == plan_files.write(ready)

    shown = upload(lead_client, text.replace("role: lead", "role: owner"))

    assert "communications lead</del> → <ins>plan owner" in shown.text
    assert Plan.objects.count() == 1

    stored = lead_client.post(
        reverse("admin:incidents_plan_upload"), {"text": shown.context["text"], "_save": "1"}
    )
    draft = Plan.objects.get(status="draft")
    assert stored.url == page("change", draft)
    assert draft.steps.get(name="Phone the key accounts").role == "owner"


def test_a_file_with_mistakes_says_all_of_them_and_saves_nothing(
    lead_client: Client, ready: Plan
) -> None:
    text = plan_files.write(ready).replace("template: words", "template: wrods")

    shown = upload(lead_client, text, _save="1")

    assert "steps[1].template: no template “wrods”; known are words" in shown.text
    assert "steps[5].template" in shown.text
    assert Plan.objects.count() == 1


def test_a_file_replaces_a_draft_only_after_saying_so(
    lead_client: Client, ready: Plan, revised: Plan
) -> None:
    text = plan_files.write(ready).replace("name: Shop", "name: Store")

    shown = upload(lead_client, text)
    assert "takes the place of everything" in shown.text
    unasked = lead_client.post(reverse("admin:incidents_plan_upload"), {"text": text, "_save": "1"})
    assert "look again" in unasked.text
    revised.refresh_from_db()
    assert revised.name == "Shop"

    lead_client.post(
        reverse("admin:incidents_plan_upload"), {"text": text, "_save": "1", "_replace": "1"}
    )
    revised.refresh_from_db()
    assert revised.name == "Store"


def test_whoever_may_only_look_gets_no_buttons(client: Client, ready: Plan) -> None:
    reader = UserFactory(username="reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_plan"))
    client.force_login(reader)

    shown = client.get(page("change", ready))

    assert page("revise", ready) not in shown.text
    assert page("compare", ready) in shown.text
    assert client.post(page("revise", ready)).status_code == 403
    assert client.get(reverse("admin:incidents_plan_upload")).status_code == 403


def test_a_second_plan_of_the_same_slug_is_refused(lead_client: Client, ready: Plan) -> None:
    answer = lead_client.post(reverse("admin:incidents_plan_add"), {"slug": ready.slug})

    assert "new version of it" in str(answer.context["adminform"].form.errors["slug"])
