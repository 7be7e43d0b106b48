"""Say something to customers: write, look at who will get it, publish."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.admin.pages import ActionPage
from audiences.languages import spoken
from incidents.admin import (
    forecast,
    forecast_rows,
    readings,
    told_facts,
    update_changes,
    update_look,
)
from incidents.admin.approvals import approvers
from incidents.admin.facts_form import component_field
from incidents.admin.promises import spoken_promises
from incidents.admin.room_thread import thread
from incidents.admin.update_form import AT, UpdateForm, checked_field, rhythm
from incidents.admin.wording import in_all_languages
from incidents.models import Component, Incident, Status, Update
from incidents.models.facts import facts_of
from incidents.models.plans import Kind
from incidents.models.status import FINAL
from incidents.services import facts, maintenance, promises, proposals, update_checks, updates

_FIELD_OF = {
    update_checks.NothingToSay: "public_text",
    update_checks.PromiseMissing: "next_update",
    update_checks.PromiseInThePast: "next_update",
    update_checks.PromiseTooFar: "next_update",
    update_checks.NotForAll: "audience",
    update_checks.WrongStatus: "status",
    update_checks.BreaksRules: "public_text",
}


@dataclass(frozen=True)
class Review:
    """Exactly what publishing will do."""

    status: Status
    texts: list[tuple[str, SafeString]]
    technical: list[tuple[str, SafeString]]
    promises: list[tuple[str, str]]
    slower: str
    audience: str
    asks: bool
    approvers: list[str]
    changes: list[tuple[str, str, str]]
    facts: list[told_facts.Told]
    joining: list[str]
    also_ends: list[str]
    now: list[forecast_rows.Row]
    later: list[forecast_rows.Row]
    findings: list[tuple[str, list[readings.Remark]]]
    against: update_changes.Against
    warnings: list[Any]

    @property
    def reach(self) -> list[tuple[str, int]]:
        return forecast_rows.total(self.now)

    @property
    def price(self) -> str:
        return forecast_rows.price(self.now)


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
        review = review_of(form, self.actor, self.now)
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


def review_of(form: UpdateForm, author: User, now: datetime) -> Review:
    draft, incident = form.draft(), form.incident
    written = updates.written(incident=incident, draft=draft, by=author, at=form.story_time)
    due_at = written.next_update_due_at
    slower = promises.slowed(update=written, kinds=frozenset(), due_at=due_at)
    asks = proposals.needs_approval(update=written, statuses=draft.component_statuses)
    rows = forecast.update(incident=incident, draft=draft, now=now)
    at_once = [row for row in rows if forecast_rows.is_at_once(row)]
    return Review(
        status=Status(draft.status),
        texts=in_all_languages(draft.public_text),
        technical=in_all_languages(draft.technical_text),
        promises=spoken_promises(written),
        slower=facts.every(slower) if slower else "",
        audience=draft.audience,
        asks=asks,
        approvers=approvers(author) if asks else [],
        changes=_changes(form),
        facts=told_facts.those(draft.facts, form.changed_facts()),
        joining=[spoken(one.title) for one in Incident.objects.filter(pk__in=draft.merges)],
        also_ends=[spoken(one.title) for one in incident.merged.order_by("pk")]
        if draft.status in FINAL
        else [],
        now=at_once,
        later=[row for row in rows if row not in at_once],
        findings=readings.remarks(
            update=written, statuses=draft.component_statuses, now=form.story_time
        ),
        against=update_changes.against_the_last(update=written, statuses=draft.component_statuses),
        warnings=_warnings(form),
    )


def _changes(form: UpdateForm) -> list[tuple[str, str, str]]:
    changes = []
    for row in form.affected:
        new = Component.Status(form.cleaned_data[component_field(row)])
        if new != row.status:
            changes.append((row.component.name, row.get_status_display(), str(new.label)))
    return changes


def _warnings(form: UpdateForm) -> list[Any]:
    cleaned = form.cleaned_data
    warnings: list[Any] = [*form.concerns()]
    lacking = [code for code in languages.codes() if not cleaned["public_text"].get(code)]
    if lacking:
        warnings.append(
            _("There is no text in: %(codes)s. Those readers get the other language.")
            % {"codes": ", ".join(lacking)}
        )
    still = [
        row.component.name
        for row in form.affected
        if cleaned[component_field(row)] != Component.Status.OPERATIONAL
    ]
    if cleaned["status"] in FINAL and still:
        warnings.append(
            _("It is said to be over, but these services do not work normally yet: %(names)s.")
            % {"names": ", ".join(still)}
        )
    return warnings
