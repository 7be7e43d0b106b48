"""A commitment is shown to customers, moved, delivered: a page each, which says what it does."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminExpandableTextareaWidget

from audiences import bounds
from audiences.admin.texts import texts_widget
from audiences.fields import TextsFormField
from incidents.admin import delivering
from incidents.admin.afterwards_page import AfterwardsPage
from incidents.admin.wording import in_all_languages
from incidents.models import Commitment
from incidents.services import commitments


class MoveForm(forms.Form):
    due_on = forms.DateField(
        label=_("New date"), widget=UnfoldAdminDateWidget, validators=[bounds.within_reach]
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminExpandableTextareaWidget
    )


class OutcomeForm(forms.Form):
    outcome = TextsFormField(
        label=_("What did customers get?"),
        widget=texts_widget(single_line=False),
        help_text=_("They read it in the notice: what it is, and where they find it."),
        error_messages={"required": _("Say in at least one language what customers got.")},
    )


class CommitmentPage(AfterwardsPage):
    refusal = commitments.NotPossible

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "promised": in_all_languages(self.object.text)}


class TellPage(CommitmentPage):
    title = _("Show it to customers")
    template_name = "admin/incidents/commitment.html"
    explanation = _(
        "From now on the incident page says what we promised and until when. No message goes out:"
        " for that, publish an update."
    )
    button = _("Show it on the incident page")
    permission = "publish"
    done = _("Customers read it on the incident page now.")

    def perform(self, form: forms.Form) -> str:
        commitments.tell(commitment=self.object, now=timezone.now())
        return gettext("Shown to customers.")


class MovePage(CommitmentPage):
    title = _("Move the date")
    form_class = MoveForm
    button = _("Move it")
    done = _("Moved; the old date and the reason are kept.")

    @property
    def explanation(self) -> Any:
        if self.object.told_at:
            return _("Customers know the old date: the incident page shows the new one at once.")
        return _("Customers do not know of it yet. The old date and the reason are kept.")

    def get_initial(self) -> dict[str, Any]:
        return {"due_on": self.object.due_on}

    def perform(self, form: forms.Form) -> str:
        due_on, reason = form.cleaned_data["due_on"], form.cleaned_data["reason"]
        given = {"due_on": due_on, "reason": reason}
        commitments.move(commitment=self.object, **given, by=self.actor, now=timezone.now())
        return gettext("Moved to %(day)s: %(reason)s") % {"day": due_on, "reason": reason}


class DeliverPage(CommitmentPage):
    """First what customers got; then what the plan will tell whom; then it is told."""

    title = _("Delivered")
    template_name = "admin/incidents/commitment.html"
    explanation = _("Say what customers got. On the next page you see who will be told, and how.")
    button = _("Check what goes out")
    form_class = OutcomeForm
    permission = "publish"
    done = _("Delivered. The messages are going out now.")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        if "_deliver" in self.request.POST:
            return super().form_valid(form)
        if "_edit" in self.request.POST:
            return self.form_invalid(form)
        delivery = delivering.foresee(
            commitment=self.object, outcome=form.cleaned_data["outcome"], now=timezone.now()
        )
        typed = [(name, value) for name, value in self.request.POST.items() if name[0] != "_"]
        typed = [(name, value) for name, value in typed if name != "csrfmiddlewaretoken"]
        context = self.get_context_data(form=form, delivery=delivery, typed=typed)
        return self.render_to_response(context)

    def perform(self, form: forms.Form) -> str:
        commitment: Commitment = self.object
        outcome = form.cleaned_data["outcome"]
        given = {"outcome": outcome, "by": self.actor, "now": timezone.now()}
        commitments.deliver(commitment=commitment, **given)
        return gettext("Delivered.")
