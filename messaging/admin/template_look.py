"""What a template will look like to its readers, filled with a made-up incident."""

from collections.abc import Sequence

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.models import Channel
from messaging.admin.look_readers import Shown
from messaging.admin.looking import LookPage
from messaging.admin.preview import sample_facts
from messaging.models import Broadcast, Template
from messaging.services import brand, broadcasts, placeholders, posts


class PreviewPage(LookPage):
    title = _("Preview with a made-up incident")

    def shown(self) -> Sequence[Shown]:
        return [example(self.object)]


def example(template: Template) -> Shown:
    """All of it that can be made, and why the rest cannot."""
    purpose = Broadcast.Purpose.FEEDBACK if template.asks else Broadcast.Purpose.NOTICE
    contents, errors = [], []
    facts, design = _facts(), brand.design()
    for variant in template.variants.select_related("template").order_by("language", "detail"):
        try:
            said = broadcasts.content(variant, facts[variant.language], purpose, design)
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


def _facts() -> dict[str, dict[str, str]]:
    facts = {}
    for code in languages.codes():
        with override(code):
            facts[code] = sample_facts()
    return facts
