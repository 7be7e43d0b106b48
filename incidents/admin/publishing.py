"""Say something to customers: write, look at who will get it, publish."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences.admin.pages import ActionPage
from audiences.languages import spoken
from incidents.admin import (
    update_look,
    update_review,
)
from incidents.admin.facts_form import component_field
from incidents.admin.room_thread import thread
from incidents.admin.update_form import AT, UpdateForm, checked_field, rhythm
from incidents.models import Component, Incident, Status, Update
from incidents.models.facts import facts_of
from incidents.models.plans import Kind
from incidents.services import maintenance, promises, update_checks, updates

_FIELD_OF = {
    update_checks.NothingToSay: "public_text",
    update_checks.PromiseMissing: "next_update",
    update_checks.PromiseInThePast: "next_update",
    update_checks.PromiseTooFar: "next_update",
    update_checks.NotForAll: "audience",
    update_checks.WrongStatus: "status",
    update_checks.BreaksRules: "public_text",
}


class PublishPage(ActionPage):
    title = _("Publish an update")
    template_name = "admin/incidents/publish.html"
    form_class: type[forms.Form] = UpdateForm
    # Whether it is for what another incident tells.
    tells_what_is_within = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.has_permission() and (because := self._why_not()):
            messages.warning(request, because)
            return HttpResponseRedirect(self.back())
        return super().dispatch(request, *args, **kwargs)

    def _why_not(self) -> str:
        head = self.object.merged_into
        if self.object.is_draft:
            return gettext("Open the incident before you publish an update.")
        if self.object.is_ended_drill:
            return gettext("This drill is over: nobody hears anything of it any more.")
        if head and not self.tells_what_is_within:
            words = gettext("It is told within “%(head)s”: publish there, or tell it apart again.")
            return words % {"head": spoken(head.title)}
        return ""

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "incident": self.object, "now": self.now}

    def get_initial(self) -> dict[str, Any]:
        incident = self.object
        if earlier := self._earlier():
            return {**as_written(earlier), "after": latest_update(incident)}
        return {
            "after": latest_update(incident),
            "status": incident.status,
            **facts_of(incident),
            "next_update": str(rhythm(incident, timezone.now())),
        }

    def _earlier(self) -> Update | None:
        """What was proposed or refused, to be written again."""
        wanted = self.request.GET.get("from", "")
        unsaid = self.object.updates.proposed() | self.object.updates.refused()
        return unsaid.filter(pk=wanted).first() if wanted.isdecimal() else None

    def form_valid(self, form: forms.Form) -> HttpResponse:
        assert isinstance(form, UpdateForm)
        if "_edit" in self.request.POST:
            return self.form_invalid(form)
        if "_preview" in self.request.POST:
            return self._show_looks(form)
        if "_publish" not in self.request.POST:
            return self._show_review(form)
        try:
            update = self.publish(form)
        except update_checks.Outdated as error:
            return self._show_newer(form, str(error))
        except update_checks.CannotPublish as error:
            form.add_error(_FIELD_OF.get(type(error)), str(error))
            return self.form_invalid(form)
        if update.is_published:
            messages.success(self.request, _("Published. The messages are going out now."))
        else:
            messages.warning(self.request, _("Not published yet: a second person must approve it."))
        return HttpResponseRedirect(self.back())

    def publish(self, form: UpdateForm) -> Update:
        """:raises CannotPublish: one of its subclasses says why."""
        return updates.publish(
            incident=form.incident, draft=form.draft(), by=self.actor, now=self.now
        )

    def _show_newer(self, form: UpdateForm, error: str) -> HttpResponse:
        """What was typed stays; the author sees what came between, and may publish after it."""
        incident, seen = self.object, form.draft().after or 0
        said = thread(incident, incident.story_time(self.now))
        form.add_error(None, error)
        form.data = {**self.request.POST.dict(), "after": str(latest_update(incident))}
        newer = []
        for entry in said:
            if entry.update.pk == seen:
                break
            newer.append(entry)
        return self.render_to_response(self.get_context_data(form=form, newer=newer))

    def _show_looks(self, form: UpdateForm) -> HttpResponse:
        draft, statuses = form.draft(), form.draft().component_statuses
        written = updates.written(
            incident=form.incident, draft=draft, by=self.actor, at=form.story_time
        )
        looks = update_look.looked_at(
            self.request, update_look.of_update(update=written, statuses=statuses)
        )
        self.template_name = "admin/messaging/look.html"
        return self.render_to_response(self.get_context_data(form=form, looks=looks))

    def _show_review(self, form: UpdateForm) -> HttpResponse:
        typed = [
            (name, value)
            for name, values in self.request.POST.lists()
            for value in values
            if not name.startswith(("_", "csrfmiddlewaretoken", "checked_promise"))
        ]
        promised = {"checked_promise": form.cleaned_data["next_update_due_at"]}
        promised |= {checked_field(kind): at for kind, at in form.cleaned_data["promised"].items()}
        typed += [(name, at.isoformat()) for name, at in promised.items() if at]
        review = update_review.of(form, by=self.actor, now=self.now)
        return self.render_to_response(self.get_context_data(form=form, review=review, typed=typed))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context, waiting = super().get_context_data(**kwargs), self.object.updates.proposed()
        unpromised = [
            one.value
            for one in update_checks.statuses_for(self.object)
            if not promises.needs_promise(kind=self.object.kind, status=one)
        ]
        return {**context, "unpromised": unpromised, "at": AT, "replaces": waiting.exists()}


class ResolvePage(PublishPage):
    title = _("Say that it is over")

    def get_initial(self) -> dict[str, Any]:
        incident = self.object
        is_maintenance = incident.kind == Kind.MAINTENANCE
        healthy = {component_field(row): Component.Status.OPERATIONAL for row in incident.touched()}
        over = Status.COMPLETED if is_maintenance else Status.RESOLVED
        words = maintenance.words(incident=incident, status=over, now=self.now)
        said = {"public_text": words} if is_maintenance else {}
        return {**super().get_initial(), **healthy, **said, "status": over}


def latest_update(incident: Incident) -> int:
    """The id of what was said last, 0 for nothing."""
    said = incident.updates.published().values_list("pk", flat=True)
    return said.last() or 0


def as_written(update: Update) -> dict[str, Any]:
    """An update as the form shows it, to be written again: its promise is made anew."""
    statuses = update.component_changes.values_list("component_id", "new_status")
    incident = update.incident
    return {
        "audience": update.audience,
        "status": update.status,
        "public_text": update.public_text,
        "technical_text": update.technical_text,
        **facts_of(incident),
        **update.facts,
        "next_update": str(rhythm(incident, timezone.now())) if update.next_update_due_at else "",
        **{f"component_{pk}": status for pk, status in statuses},
    }
