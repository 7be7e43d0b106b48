"""Writing back to a customer: first what they will read, then it is sent."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminTextInputWidget

from audiences.admin.pages import ActionPage
from feedback.models import FollowUp
from feedback.options import said
from feedback.services import replies
from messaging.services.composition import salutation


def given(follow_up: FollowUp) -> list[tuple[str, str]]:
    """What the customer answered: questions and words."""
    answers = follow_up.response.answers.select_related("question")
    return [(str(one.question), said(one)) for one in answers.order_by("question__position", "pk")]


class ReplyForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200, widget=UnfoldAdminTextInputWidget)
    text = forms.CharField(
        label=_("Text"),
        max_length=10_000,
        widget=UnfoldAdminExpandableTextareaWidget(attrs={"rows": 8}),
        help_text=_("The greeting comes before it, your name and the organisation after it."),
    )


class ReplyPage(ActionPage):
    title = _("Write to the customer")
    template_name = "admin/feedback/reply.html"
    permission = "reply"
    button = _("Check what they read")
    form_class = ReplyForm

    @property
    def explanation(self) -> str:
        response = self.object.response
        language = get_language_info(response.language)["name_translated"]
        words = gettext("They answered in this language: %(language)s.") % {"language": language}
        if self.actor.email:
            to = gettext("Their answer comes to %(address)s.") % {"address": self.actor.email}
        else:
            to = gettext(
                "Your user has no e-mail address: their answer comes to the sender of our notices."
            )
        return f"{words} {to}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        try:
            kwargs["reader"] = replies.reader(follow_up=self.object)
        except replies.CannotReply as refusal:
            kwargs["refusal"] = str(refusal)
        return super().get_context_data(**kwargs, answers=given(self.object))

    def form_valid(self, form: forms.Form) -> HttpResponse:
        given = {name: form.cleaned_data[name] for name in ("subject", "text")}
        if "_edit" in self.request.POST:
            return self.form_invalid(form)
        if "_send" not in self.request.POST:
            return self._shown(form, given)
        now, follow_up = timezone.now(), self.object
        try:
            replies.send(follow_up=follow_up, **given, by=self.actor, now=now)
        except replies.CannotReply as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        self.model_admin.log_change(self.request, follow_up, gettext("Wrote to the customer."))
        messages.success(self.request, gettext("It is going out now, and is kept here."))
        return HttpResponseRedirect(self.back())

    def _shown(self, form: forms.Form, given: dict[str, str]) -> HttpResponse:
        response = self.object.response
        contact = response.delivery.contact if response.delivery else None
        letter = {
            "words": replies.words(**given, by=self.actor),
            # Whoever was erased meanwhile is greeted by nothing: the page says so.
            "salutation": salutation(response.language, contact.name if contact else ""),
        }
        return self.render_to_response(
            self.get_context_data(form=form, letter=letter, typed=given.items())
        )
