"""The words of a template over time: changed, taken back, copied, and translated."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from messaging.models import WORDS, Template, TemplateRevision, TemplateVariant
from messaging.services import placeholders


@transaction.atomic
def save(*, variant: TemplateVariant, by: User | None, now: datetime) -> None:
    """Save a variant; where its words have changed, those before stay in its history."""
    before = TemplateVariant.objects.select_for_update().filter(pk=variant.pk).first()
    if before is None or words(before) != words(variant):
        variant.edited_at = now
    variant.save()
    if before and words(before) != words(variant):
        TemplateRevision.objects.create(
            variant=variant, replaced_at=now, replaced_by=by, **words(before)
        )


@transaction.atomic
def restore(*, revision: TemplateRevision, by: User, now: datetime) -> TemplateVariant:
    """Give a variant the words back that it had; those it has now become part of its history.

    :raises BadTemplate: they name what cannot be said (any more) at the template's stage.
    """
    variant = TemplateVariant.objects.select_for_update().get(pk=revision.variant_id)
    sure = placeholders.known_at(variant.template.stage)
    for name, text in words(revision).items():
        placeholders.check(text, detail=variant.detail, sure=sure)
        setattr(variant, name, text)
    save(variant=variant, by=by, now=now)
    return variant


@transaction.atomic
def copy(*, template: Template, slug: str, name: str) -> Template:
    """A template of one's own to begin with: the same words and languages, without the history."""
    made = Template.objects.create(
        slug=slug,
        name=name,
        stage=template.stage,
        group=template.group,
        source_language=template.source_language,
    )
    for one in template.variants.all():
        TemplateVariant.objects.create(
            template=made,
            language=one.language,
            detail=one.detail,
            edited_at=one.edited_at,
            **words(one),
        )
    return made


@transaction.atomic
def confirm_translations(*, template: Template, now: datetime) -> int:
    """Somebody has read the stale translations and found that they still fit; returns how many."""
    found = stale(template)
    TemplateVariant.objects.filter(pk__in=[one.pk for one in found]).update(edited_at=now)
    return len(found)


def only_for_corrections(chosen: Iterable[Template]) -> bool:
    """Whether nothing could be corrected any more without these."""
    there = Template.objects.filter(stage=Template.Stage.CORRECTION)
    found = {*there.values_list("pk", flat=True)}
    return bool(found) and found <= {one.pk for one in chosen}


def stale(template: Template) -> list[TemplateVariant]:
    """The translations whose source was edited after them; reads `template.variants.all()`."""
    variants = list(template.variants.all())
    sources = {one.detail: one for one in variants if one.language == template.source_language}
    return [
        one
        for one in variants
        if one.detail in sources and _is_older(one.edited_at, sources[one.detail].edited_at)
    ]


def source_of(translation: TemplateVariant) -> TemplateVariant:
    """What it was translated from.

    :raises TemplateVariant.DoesNotExist: there is nothing at its detail level.
    """
    template = translation.template
    return template.variants.get(language=template.source_language, detail=translation.detail)


def spoken_codes(variants: Iterable[TemplateVariant]) -> str:
    """Their languages, each once."""
    return ", ".join(sorted({one.language for one in variants}))


def words(written: TemplateVariant | TemplateRevision) -> dict[str, str]:
    return {name: getattr(written, name) for name in WORDS}


def _is_older(translated_at: datetime | None, edited_at: datetime | None) -> bool:
    return edited_at is not None and (translated_at is None or translated_at < edited_at)
