"""A post-mortem is submitted, sent back, published: a page each, which says what will happen."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.admin.pages import ReasonForm
from audiences.admin.people_choice import ColleagueField
from incidents.admin import forecast, forecast_rows
from incidents.admin.aftermath import countdown
from incidents.admin.afterwards_page import AfterwardsPage
from incidents.admin.wording import in_all_languages
from incidents.models import Postmortem
from incidents.services import postmortems


class ReviewerForm(forms.Form):
    reviewer = ColleagueField(
        label=_("Who reviews it?"),
        queryset=User.objects.none(),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Not who wrote it. From then on a second person publishes it."),
    )

    def __init__(self, *args: Any, author: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.filter(is_active=True, is_staff=True).order_by("username")
        choice: Any = self.fields["reviewer"]
        choice.queryset = staff.exclude(pk=author.pk) if author else staff


class PostmortemPage(AfterwardsPage):
    refusal = postmortems.NotPossible


class SubmitPage(PostmortemPage):
    title = _("Let somebody review it")
    explanation = _("They read it as customers will, and publish it or send it back.")
    button = _("Submit for review")
    form_class = ReviewerForm
    done = _("Submitted. It can be changed again when it is sent back.")

    def get_form_kwargs(self) -> dict[str, Any]:
        author = self.object.author or self.actor
        return {**super().get_form_kwargs(), "author": author}

    def perform(self, form: forms.Form) -> str:
        reviewer = form.cleaned_data["reviewer"]
        given = {"reviewer": reviewer, "by": self.actor, "now": timezone.now()}
        postmortems.submit(postmortem=self.object, **given)
        return gettext("Submitted for review to %(person)s.") % {"person": reviewer}


class SendBackPage(PostmortemPage):
    title = _("Send it back to its author")
    explanation = _("The author reads your reason, changes the text and submits it again.")
    button = _("Send back")
    form_class = ReasonForm
    done = _("Sent back.")

    def perform(self, form: forms.Form) -> str:
        reason = form.cleaned_data["reason"]
        given = {"reason": reason, "by": self.actor, "now": timezone.now()}
        postmortems.send_back(postmortem=self.object, **given)
        return gettext("Sent back: %(reason)s") % {"reason": reason}


class PublishPage(PostmortemPage):
    title = _("Publish this post-mortem?")
    template_name = "admin/incidents/postmortem_publish.html"
    permission = "publish"
    done = _("Published. The messages are going out now.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        postmortem, now = self.object, timezone.now()
        try:
            postmortems.check(postmortem=postmortem, by=self.actor)
        except postmortems.NotPossible as error:
            return {**context, "obstacle": str(error)}
        incident, draft = postmortem.incident, postmortems.notice(postmortem)
        clock = incident.story_time(now)
        rows = forecast.update(incident=incident, draft=draft, now=now)
        at_once = [row for row in rows if forecast_rows.is_at_once(row)]
        return {
            **context,
            "due": countdown(postmortem, clock),
            "notice": in_all_languages(draft.public_text),
            "body": in_all_languages(postmortem.body),
            "rows": at_once,
            "reach": forecast_rows.total(at_once),
            "price": forecast_rows.price(at_once),
            "warnings": _warnings(postmortem),
        }

    def perform(self, form: forms.Form) -> str:
        told = postmortems.publish(postmortem=self.object, by=self.actor, now=timezone.now())
        if told.waits_for_approval:
            self.done = _("It waits for approval; then the messages go out.")
            return gettext("Submitted for approval.")
        return gettext("Published.")


def _warnings(postmortem: Postmortem) -> list[Any]:
    lacking = postmortems.missing_languages(postmortem)
    if not lacking:
        return []
    words = _("There is no text in: %(codes)s. Those readers get the other language.")
    return [words % {"codes": ", ".join(lacking)}]
