"""The editor of a variant: what can be inserted, and how long its texts become when filled."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminTextInputWidget

from audiences.admin.as_shown import AsShownMixin
from audiences.languages import codes
from audiences.models import Detail
from messaging.admin import template_look
from messaging.admin.preview import sample_facts
from messaging.admin.prices import spoken_price, why_dear
from messaging.channels import sms_units
from messaging.models import WORDS, Template, TemplateVariant
from messaging.services import forecast, insertable, placeholders, posts
from messaging.services.reception import Reception

SHORT_TEXT_LIMIT = 280
_COUNTED = ("sms_text", "short_text")
_COUNT = reverse_lazy("admin:messaging_templatevariant_count")


class LongWordsWidget(UnfoldAdminExpandableTextareaWidget):
    class Media:
        js = ("admin-words.js",)


class BodyWidget(LongWordsWidget):
    """With the list of what can be inserted below it, for every field of the variant."""

    stage = ""
    detail: str = Detail.PUBLIC

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        listed = {"all": insertable.all_of_them(), "stage": self.stage, "detail": self.detail}
        drawn: SafeString = super().render(name, value, attrs, renderer)
        return drawn + render_to_string("admin/messaging/insertables.html", listed)


class VariantForm(AsShownMixin, forms.ModelForm[TemplateVariant]):
    """Refuses now what would fail at three in the morning."""

    class Meta:
        model = TemplateVariant
        fields = ("template", "language", "detail", *WORDS)
        widgets = {
            "subject": UnfoldAdminTextInputWidget,
            "body": BodyWidget,
            "sms_text": LongWordsWidget,
            "short_text": LongWordsWidget,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in WORDS:
            # Without the right to change them there are no fields.
            if name in self.fields:
                self.fields[name].widget.attrs["data-words"] = name
        for name in _COUNTED:
            if name in self.fields:
                self.fields[name].widget.attrs["data-count"] = str(_COUNT)
        body = self.fields["body"].widget if "body" in self.fields else None
        if isinstance(body, BodyWidget) and self.instance.template_id:
            body.stage, body.detail = self.instance.template.stage, self.instance.detail

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        template = cleaned.get("template")
        sure = placeholders.known_at(template.stage if template else "")
        for name in WORDS:
            try:
                placeholders.check(
                    cleaned.get(name, ""),
                    detail=cleaned.get("detail", Detail.PUBLIC),
                    sure=sure,
                )
                if name == "short_text":
                    posts.fill(cleaned.get(name, ""), dict.fromkeys(placeholders.FACTS, "x"))
            except placeholders.BadTemplate as error:
                self.add_error(name, str(error))
        return cleaned


def count(request: HttpRequest, *, may_edit: bool) -> JsonResponse:
    """How long a text that is being typed becomes with a made-up incident; saves nothing."""
    if request.method != "POST" or not may_edit:
        return JsonResponse({"error": _("You may not edit templates.")}, status=403)
    given = request.POST
    language = given.get("language", "")
    stage = given.get("stage", "")
    variant = TemplateVariant(
        template=Template(stage=stage if stage in Template.Stage.values else ""),
        language=language if language in codes() else codes()[0],
        detail=given.get("detail", Detail.PUBLIC),
        subject="–",
        body="–",
        sms_text=given.get("text", "")[:1_600],
    )
    with override(variant.language):
        facts = sample_facts(stage=variant.template.stage)
    try:
        if given.get("name") == "short_text":
            return JsonResponse(_of_short_text(posts.fill(variant.sms_text, facts)))
        return JsonResponse(_of_sms(_received(variant, facts)))
    except placeholders.BadTemplate as error:
        return JsonResponse({"error": str(error)})


def _received(variant: TemplateVariant, facts: Mapping[str, str]) -> str:
    """As the same person receives it who is counted in a dry run.

    :raises BadTemplate: it cannot be filled as it is.
    """
    text = template_look.content(variant, facts).sms_text
    return forecast.as_received(text, None, variant.language, Reception()) if text else ""


def _of_sms(text: str) -> dict[str, str]:
    if not text:
        return {"said": _("Without a text nobody gets an SMS.")}
    number = sms_units.segments(text)
    length = ngettext("%(n)s character", "%(n)s characters", len(text)) % {"n": len(text)}
    parts = ngettext("%(n)s message", "%(n)s messages", number) % {"n": number}
    price = spoken_price(sms_units.cost(number))
    priced = [_("%(price)s for each reader") % {"price": price}] if price else []
    said = " · ".join([parts, length, sms_units.encoding(text), *priced])
    hint = {"hint": dear} if (dear := why_dear(text)) else {}
    return {"said": _("With a made-up incident: %(said)s") % {"said": said}} | hint


def _of_short_text(text: str) -> dict[str, str]:
    words = _("With a made-up incident: %(n)s of %(limit)s characters")
    said = words % {"n": len(text), "limit": SHORT_TEXT_LIMIT}
    too_long = {"hint": _("It is too long: shorten it.")} if len(text) > SHORT_TEXT_LIMIT else {}
    return {"said": said} | too_long
