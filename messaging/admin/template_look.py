"""What a template will look like to its readers, filled with a made-up incident."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.models import Channel, Detail
from messaging.admin.look_readers import Shown
from messaging.admin.looking import LookPage
from messaging.admin.preview import sample_facts
from messaging.models import Broadcast, BroadcastContent, Template, TemplateVariant
from messaging.services import brand, broadcasts, letters, placeholders, posts, staff_words


class PreviewPage(LookPage):
    title = _("Preview with a made-up incident")

    def shown(self) -> Sequence[Shown]:
        return [example(self.object)]


def example(template: Template) -> Shown:
    """All of it that can be made, and why the rest cannot."""
    contents, errors = [], []
    facts = _facts(template.stage)
    for variant in _read(template).select_related("template").order_by("language", "detail"):
        try:
            said = content(variant, facts[variant.language])
        except placeholders.BadTemplate as error:
            errors.append(f"{variant}: {error}")
        else:
            contents.append(said)
    if not (contents or errors):
        errors.append(
            gettext(
                "This template has no variant yet: add one for each language your customers read."
            )
        )
    short = posts.of_template(template, facts)
    return Shown(str(template), contents, Channel.values, posts=short, errors=errors)


def _read(template: Template) -> QuerySet[TemplateVariant]:
    """Our own people are told in the public words alone."""
    variants: QuerySet[TemplateVariant] = template.variants.all()
    is_duty = template.stage in Template.DUTY
    return variants.filter(detail=Detail.PUBLIC) if is_duty else variants


def content(variant: TemplateVariant, facts: Mapping[str, str]) -> BroadcastContent:
    """What goes out in these words: a message to customers, or a letter to our own people.

    :raises BadTemplate: it cannot be filled.
    """
    template = variant.template
    if template.stage in Template.DUTY:
        words = staff_words.of_variant(variant=variant, facts=facts, url=facts["duty_url"])
        return letters.content(variant.language, words)
    purpose = Broadcast.Purpose.FEEDBACK if template.asks else Broadcast.Purpose.NOTICE
    return broadcasts.content(variant, facts, purpose, brand.design())


def _facts(stage: str) -> dict[str, dict[str, str]]:
    facts = {}
    for code in languages.codes():
        with override(code):
            facts[code] = sample_facts(stage=stage)
    return facts
