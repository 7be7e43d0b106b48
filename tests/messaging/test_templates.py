"""The words of a template over time: history, translations that lag behind, copies."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import ProtectedError

from messaging.models import Template, TemplateRevision, TemplateVariant
from messaging.services import placeholders, templates
from tests.factories import NOON, PlanStepFactory, TemplateFactory, TemplateVariantFactory

HOUR = timedelta(hours=1)


@pytest.fixture
def template(db: None) -> Template:
    template = TemplateFactory(slug="status", source_language="en", group="Outages")
    TemplateVariantFactory(template=template, language="en", subject="Old")
    TemplateVariantFactory(template=template, language="de", subject="Alt")
    return template


@pytest.fixture
def english(template: Template) -> TemplateVariant:
    return template.variants.get(language="en")


@pytest.fixture
def german(template: Template) -> TemplateVariant:
    return template.variants.get(language="de")


def change(variant: TemplateVariant, subject: str, by: User | None, hours: int) -> None:
    variant.subject = subject
    templates.save(variant=variant, by=by, now=NOON + hours * HOUR)


def test_every_change_keeps_the_words_before(english: TemplateVariant, lead: User) -> None:
    change(english, "New", lead, 0)
    change(english, "Newest", None, 1)

    kept = english.revisions.order_by("pk").values_list("subject", "replaced_by", "replaced_at")
    assert list(kept) == [("Old", lead.pk, NOON), ("New", None, NOON + HOUR)]
    assert english.revisions.earliest("pk").body == english.body
    english.refresh_from_db()
    assert (english.subject, english.edited_at) == ("Newest", NOON + HOUR)


def test_saving_the_same_words_is_no_change(english: TemplateVariant, lead: User) -> None:
    change(english, "Old", lead, 0)

    english.refresh_from_db()
    assert english.edited_at is None
    assert not TemplateRevision.objects.exists()


def test_new_words_have_no_history(template: Template, lead: User) -> None:
    made = TemplateVariant(template=template, language="en", detail="technical", body="x")
    templates.save(variant=made, by=lead, now=NOON)

    assert made.edited_at == NOON
    assert not TemplateRevision.objects.exists()


def test_a_translation_older_than_its_source_is_stale(
    template: Template, english: TemplateVariant, german: TemplateVariant, lead: User
) -> None:
    assert templates.stale(template) == []

    change(english, "New", lead, 0)
    assert templates.stale(template) == [german]

    change(german, "Neu", lead, 1)
    assert templates.stale(template) == []


def test_what_is_saved_together_is_not_stale(
    template: Template, english: TemplateVariant, german: TemplateVariant, lead: User
) -> None:
    change(german, "Neu", lead, 0)
    change(english, "New", lead, 0)

    assert templates.stale(template) == []


def test_a_newer_translation_makes_no_source_stale(
    template: Template, german: TemplateVariant, lead: User
) -> None:
    change(german, "Neu", lead, 0)
    assert templates.stale(template) == []

    Template.objects.update(source_language="de")
    template.refresh_from_db()
    assert [one.language for one in templates.stale(template)] == ["en"]


def test_each_detail_level_is_translated_from_its_own(
    template: Template, english: TemplateVariant, lead: User
) -> None:
    TemplateVariantFactory(template=template, language="de", detail="technical")
    change(english, "New", lead, 0)

    assert [one.detail for one in templates.stale(template)] == ["public"]


def test_somebody_may_say_that_the_translation_still_fits(
    template: Template, english: TemplateVariant, german: TemplateVariant, lead: User
) -> None:
    change(english, "New", lead, 0)

    assert templates.confirm_translations(template=template, now=NOON + HOUR) == 1

    assert templates.stale(template) == []
    german.refresh_from_db()
    assert german.subject == "Alt"
    assert not german.revisions.exists()


def test_what_is_taken_back_can_be_had_again(english: TemplateVariant, lead: User) -> None:
    change(english, "New", lead, 0)
    back = english.revisions.get()

    templates.restore(revision=back, by=lead, now=NOON + HOUR)

    english.refresh_from_db()
    assert (english.subject, english.edited_at) == ("Old", NOON + HOUR)
    assert set(english.revisions.values_list("subject", flat=True)) == {"Old", "New"}


def test_words_that_cannot_be_sent_are_not_restored(english: TemplateVariant, lead: User) -> None:
    TemplateVariant.objects.update(body="{{ old_for }}")
    english.refresh_from_db()
    english.body = "Fine"
    templates.save(variant=english, by=lead, now=NOON)

    with pytest.raises(placeholders.BadTemplate, match="old_for"):
        templates.restore(revision=english.revisions.get(), by=lead, now=NOON)

    english.refresh_from_db()
    assert english.body == "Fine"


def test_a_copy_has_the_words_and_not_the_history(
    template: Template, english: TemplateVariant, lead: User
) -> None:
    change(english, "New", lead, 0)

    made = templates.copy(template=template, slug="mine", name="Mine")

    assert (made.slug, made.name, made.stage) == ("mine", "Mine", template.stage)
    assert (made.group, made.source_language) == ("Outages", "en")
    assert dict(made.variants.values_list("language", "subject")) == {"en": "New", "de": "Alt"}
    assert not TemplateRevision.objects.filter(variant__template=made).exists()
    assert [one.language for one in templates.stale(made)] == ["de"]
    made.variants.update(subject="Changed")
    assert set(template.variants.values_list("subject", flat=True)) == {"New", "Alt"}


def test_a_template_that_a_plan_uses_is_not_deleted(template: Template) -> None:
    PlanStepFactory(template=template)

    with pytest.raises(ProtectedError):
        template.delete()
