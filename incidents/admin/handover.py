from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.admin.pages import ActionPage
from audiences.admin.people_choice import ColleagueField
from audiences.colleagues import named
from incidents.services import handovers


class HandoverForm(forms.Form):
    lead = ColleagueField(
        label=_("communications lead"),
        queryset=User.objects.filter(is_active=True, is_staff=True).order_by("username"),
        widget=UnfoldAdminSelectWidget,
    )

    def clean_lead(self) -> User:
        lead: User = self.cleaned_data["lead"]
        if not lead.has_perm("incidents.change_incident"):
            raise forms.ValidationError(
                _("%(person)s may not publish updates. Choose somebody who may.")
                % {"person": named(lead)}
            )
        return lead


class HandoverPage(ActionPage):
    title = _("Hand over the lead")
    explanation = _(
        "The lead answers for the next promised update. Talk to each other first: who takes over,"
        " and what has been promised?"
    )
    button = _("Hand over")
    form_class = HandoverForm

    def get_initial(self) -> dict[str, object]:
        return {"lead": self.object.lead_id}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        incident, lead = self.object, form.cleaned_data["lead"]
        handovers.hand_over(incident=incident, to=lead, by=self.actor, now=timezone.now())
        self.model_admin.log_change(self.request, incident, [{"changed": {"fields": ["lead"]}}])
        messages.success(self.request, _("%(lead)s leads from now on.") % {"lead": named(lead)})
        return HttpResponseRedirect(self.back())
