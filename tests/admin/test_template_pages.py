"""Templates in the admin: edited with history, translated, copied, and never deleted in use."""

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import Incident, Plan
from incidents.services import plan_checks
from messaging.models import Template, TemplateRevision, TemplateVariant
from messaging.services import templates
from tests.admin.desk import form_of, page
from tests.factories import NOON, TemplateFactory, UserFactory
from tests.pages import form_on


def at(name: str, *args: object) -> str:
    return reverse(f"admin:messaging_template_{name}", args=args)


def action(name: str, template: Template) -> str:
    return at("change", template.pk).replace("/change/", f"/{name}/")


def edit(variant: TemplateVariant, by: User, **words: str) -> None:
    for name, text in words.items():
        setattr(variant, name, text)
    templates.save(variant=variant, by=by, now=timezone.now())


def opened(client: Client, url: str, **changed: str) -> dict[str, object]:
    """The page as a browser sends it, with what somebody typed."""
    typed = {name: [text] for name, text in changed.items()}
    return {**form_on(client.get(url).content.decode()), **typed}


def test_a_change_in_the_admin_is_kept_with_its_author(
    lead_client: Client, words: Template, lead: User
) -> None:
    first = words.variants.earliest("pk")

    url = at("change", words.pk)

    answer = lead_client.post(
        url, opened(lead_client, url, **{"variants-0-subject": "New: {{ title }}"})
    )

    assert answer.status_code == 302
    kept = TemplateRevision.objects.get()
    assert (kept.variant, kept.subject, kept.replaced_by) == (first, "{{ title }}", lead)
    first.refresh_from_db()
    assert first.subject == "New: {{ title }}"
    assert first.edited_at == kept.replaced_at


def test_the_page_of_one_variant_keeps_its_words_too(
    lead_client: Client, words: Template, lead: User
) -> None:
    one = words.variants.earliest("pk")
    page = reverse("admin:messaging_templatevariant_change", args=[one.pk])

    answer = lead_client.post(page, opened(lead_client, page, subject="New"))

    assert answer.status_code == 302
    assert TemplateRevision.objects.get().replaced_by == lead


def test_what_another_changed_meanwhile_is_not_taken_back(
    lead_client: Client, words: Template, lead: User
) -> None:
    first, url = words.variants.earliest("pk"), at("change", words.pk)
    edit(first, lead, body="One\n\nTwo\n")
    page = opened(lead_client, url)
    edit(first, lead, subject="Theirs")
    Template.objects.filter(pk=words.pk).update(group="Payments")

    # A browser sends line breaks of its own.
    shown = {name: [text.replace("\n", "\r\n") for text in said] for name, said in page.items()}
    answer = lead_client.post(url, shown | {"variants-0-body": ["One\r\n\r\nThree"]})
    both = lead_client.post(url, shown | {"variants-0-subject": ["Mine"]})

    assert answer.status_code == 302
    first.refresh_from_db()
    words.refresh_from_db()
    assert (first.subject, first.body.split()) == ("Theirs", ["One", "Three"])
    assert words.group == "Payments"
    assert "changed since you opened the page" in both.content.decode()


def test_words_that_somebody_edited_meanwhile_are_not_deleted_unasked(
    lead_client: Client, words: Template, lead: User
) -> None:
    first, url = words.variants.earliest("pk"), at("change", words.pk)
    delete = {"variants-0-DELETE": ["on"]}
    page = opened(lead_client, url)
    edit(first, UserFactory(username="mara"), subject="Theirs")

    asked = lead_client.post(url, page | delete).content.decode()

    assert words.variants.filter(pk=first.pk).exists()
    assert "mara has edited these words" in asked
    shown = form_on(asked)
    assert shown["variants-0-subject"] == ["Theirs"]
    assert "variants-0-DELETE" not in shown
    assert lead_client.post(url, shown | delete).status_code == 302
    assert not words.variants.filter(pk=first.pk).exists()


def test_the_list_and_the_page_show_what_is_stale(
    lead_client: Client, words: Template, lead: User
) -> None:
    assert "up to date" in lead_client.get(at("changelist")).content.decode()
    edit(words.variants.get(language="en"), lead, subject="New")

    assert "stale: de" in lead_client.get(at("changelist")).content.decode()
    shown = lead_client.get(at("change", words.pk)).content.decode()
    assert "The source was edited after these translations" in shown
    assert "German (public)" in shown


def test_somebody_looks_at_both_and_says_that_they_fit(
    lead_client: Client, words: Template, lead: User
) -> None:
    edit(words.variants.get(language="en"), lead, subject="New words")

    asked = lead_client.get(at("fit", words.pk))
    assert "New words" in asked.content.decode()
    assert templates.stale(words)
    answer = lead_client.post(at("fit", words.pk), follow=True)

    assert "1 translation fits." in answer.content.decode()
    assert not templates.stale(words)


def test_the_check_of_a_plan_names_stale_translations(
    plan: Plan, words: Template, lead: User
) -> None:
    said = "The template was edited after its translations: de. Check them."
    assert said not in [one.words for one in plan_checks.check(plan=plan, now=NOON)]
    edit(words.variants.get(language="en"), lead, subject="New")

    found = [one for one in plan_checks.check(plan=plan, now=NOON) if one.words == said]

    assert found
    assert not any(one.is_error for one in found)


def test_before_publishing_one_reads_what_is_stale(
    lead_client: Client, opened: Incident, plan: Plan, lead: User
) -> None:
    step = plan.steps.exclude(template=None).get(trigger="update_published")
    warning = (
        f"“{step.template.name}” was edited after its translations (de): they may be wrong now."
    )
    asked = page("publish", opened)
    assert warning not in lead_client.post(asked, form_of(opened)).content.decode()
    edit(step.template.variants.get(language="en"), lead, subject="New")

    assert warning in lead_client.post(asked, form_of(opened)).content.decode()


def test_before_opening_one_reads_it_too(
    lead_client: Client, draft: Incident, plan: Plan, lead: User
) -> None:
    first = plan.steps.get(trigger="opened", who="automatic")
    edit(first.template.variants.get(language="en"), lead, subject="New")

    words = lead_client.get(page("open", draft)).content.decode()

    assert "was edited after its translations (de): they may be wrong now." in words


def test_earlier_words_are_compared_and_restored_after_a_question(
    lead_client: Client, words: Template, lead: User
) -> None:
    english = words.variants.get(language="en")
    edit(english, lead, subject="Trouble with {{ title }}")
    edit(english, lead, subject="News of {{ title }}")

    shown = lead_client.get(action("earlier_words", words)).content.decode()
    assert "added: </span>News of<span" in shown
    assert "removed: </span>Trouble with<span" in shown
    assert "Lea" in shown or "lead" in shown

    oldest = english.revisions.earliest("pk")
    asked = lead_client.get(at("restore", words.pk, oldest.pk))
    assert "removed: </span>News of<span" in asked.content.decode()
    english.refresh_from_db()
    assert english.subject == "News of {{ title }}"
    lead_client.post(at("restore", words.pk, oldest.pk))
    english.refresh_from_db()
    assert english.subject == "{{ title }}"
    assert english.revisions.count() == 3


def test_words_of_another_template_are_not_restored_here(
    lead_client: Client, words: Template, lead: User
) -> None:
    edit(words.variants.get(language="en"), lead, subject="New")
    other = TemplateFactory()

    kept = TemplateRevision.objects.get()
    assert lead_client.get(at("restore", other.pk, kept.pk)).status_code == 404


def test_words_that_cannot_be_sent_any_more_say_why(
    lead_client: Client, words: Template, lead: User
) -> None:
    english = words.variants.get(language="en")
    TemplateVariant.objects.filter(pk=english.pk).update(body="{{ old_for }}")
    edit(english, lead, body="Fine")

    answer = lead_client.post(at("restore", words.pk, TemplateRevision.objects.get().pk))

    assert "These words cannot be sent any more: Line 1" in answer.content.decode()


def test_who_may_only_look_restores_nothing(words: Template, lead: User) -> None:
    edit(words.variants.get(language="en"), lead, subject="New")
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_template"))
    client = Client()
    client.force_login(reader)
    kept = TemplateRevision.objects.get()

    shown = client.get(action("earlier_words", words)).content.decode()
    assert "New" in shown
    assert "Restore" not in shown
    assert client.post(at("restore", words.pk, kept.pk)).status_code == 403
    assert client.post(at("fit", words.pk)).status_code == 403
    assert client.post(action("copy", words)).status_code == 403
    assert client.post(reverse("admin:messaging_templatevariant_count")).status_code == 403


def test_a_copy_is_named_and_opened(lead_client: Client, words: Template) -> None:
    asked = lead_client.get(action("copy", words))
    assert asked.context["form"].initial == {"name": "Copy of Words", "slug": "words-copy"}

    refused = lead_client.post(action("copy", words), {"name": "Mine", "slug": "words"})
    assert "There is a template with this slug" in refused.content.decode()
    answer = lead_client.post(action("copy", words), {"name": "Mine", "slug": "mine"})

    made = Template.objects.get(slug="mine")
    assert answer["Location"] == at("change", made.pk)
    assert made.variants.count() == 2


def test_the_page_names_the_plans_that_use_it(
    lead_client: Client, plan: Plan, words: Template
) -> None:
    shown = lead_client.get(at("change", words.pk)).content.decode()
    assert "Used by these plans" in shown
    assert reverse("admin:incidents_plan_change", args=[plan.pk]) in shown

    unused = lead_client.get(at("change", TemplateFactory().pk)).content.decode()
    assert "No plan uses it" in unused


def test_a_template_in_use_is_not_deleted(lead_client: Client, plan: Plan, words: Template) -> None:
    refused = lead_client.post(at("delete", words.pk), {"post": "yes"}).content.decode()
    ids = {"action": "delete_selected", "_selected_action": [words.pk], "post": "yes"}
    lead_client.post(at("changelist"), ids)

    assert Template.objects.filter(pk=words.pk).exists()
    assert f"{plan}: First notice" in refused
    assert "permission" not in refused


def test_what_corrections_go_out_by_stays_until_there_is_another(lead_client: Client) -> None:
    only = TemplateFactory(stage="correction")
    page = at("change", only.pk)

    refused = lead_client.post(at("delete", only.pk), {"post": "yes"}).content.decode()
    kept = lead_client.post(page, opened(lead_client, page, stage="update")).content.decode()
    TemplateFactory(stage="correction")
    lead_client.post(at("delete", only.pk), {"post": "yes"})

    assert "Corrections go out by it: make another one for the stage “correction” first" in refused
    assert "Corrections go out by it" in kept
    assert Template.objects.get().pk != only.pk


def test_groups_are_suggested_and_filtered_by(lead_client: Client, words: Template) -> None:
    TemplateFactory(group="Payments", name="Of payments")

    assert '<option value="Payments">' in lead_client.get(at("change", words.pk)).content.decode()
    found = lead_client.get(at("changelist"), {"group": "Payments"}).context["cl"].result_list
    assert [one.name for one in found] == ["Of payments"]


def test_history_is_kept_while_another_saves(words: Template, lead: User) -> None:
    """Both have opened the page; what the first saved is not lost from the history."""
    one, other = words.variants.get(language="en"), words.variants.get(language="en")
    edit(one, lead, subject="First")
    edit(other, lead, subject="Second")

    assert list(one.revisions.order_by("pk").values_list("subject", flat=True)) == [
        "{{ title }}",
        "First",
    ]
