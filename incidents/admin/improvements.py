"""You said, we changed: written, published, told to those who spoke."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from audiences.admin.base import Admin
from audiences.languages import spoken
from incidents.admin.afterwards_page import AfterwardsPage, SpokenMixin
from incidents.admin.wording import in_all_languages
from incidents.models import Improvement
from incidents.services import improvements


class ImprovementPage(AfterwardsPage):
    template_name = "admin/incidents/improvement.html"
    permission = "publish"
    refusal = improvements.NotPossible

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "texts": in_all_languages(self.object.text),
            "consequences": self.consequences(),
        }

    def consequences(self) -> list[str]:
        raise NotImplementedError

    def stories(self) -> str:
        """The incidents whose pages tell it; empty where it is the status page."""
        about = improvements.incidents(improvement=self.object)
        return ", ".join(spoken(one.title) for one in about)


class PublishPage(ImprovementPage):
    title = _("Publish it")
    explanation = _("Everybody can read it from now on. No message goes out.")
    button = _("Publish")
    done = _("Customers can read it now.")

    def consequences(self) -> list[str]:
        if not (titles := self.stories()):
            words = gettext("On the status page, for %(days)d days: it is of no incident's page.")
            return [words % {"days": improvements.SHOWN_FOR.days}]
        return [gettext("On the page of: %(incidents)s") % {"incidents": titles}]

    def perform(self, form: forms.Form) -> str:
        improvements.publish(improvement=self.object, by=self.actor, now=timezone.now())
        return gettext("Published.")


class TakeBackPage(ImprovementPage):
    title = _("Take it back")
    explanation = _("Nobody reads it any more. You can change it and publish it again.")
    button = _("Take it back")
    done = _("No page tells it any more.")

    def consequences(self) -> list[str]:
        if not (titles := self.stories()):
            return [gettext("It goes away from the status page.")]
        return [gettext("It goes away from the page of: %(incidents)s") % {"incidents": titles}]

    def perform(self, form: forms.Form) -> str:
        improvements.take_back(improvement=self.object)
        return gettext("Taken back.")


class TellPage(ImprovementPage):
    title = _("Tell those who spoke")
    explanation = _("They read this in an e-mail, with a link to where it stands.")
    button = _("Send it")
    done = _("It is going out now.")

    def consequences(self) -> list[str]:
        found = improvements.speakers(improvement=self.object)
        told = ngettext(
            "%(number)d person is told.", "%(number)d people are told.", len(found.told)
        )
        left_out = (
            (found.nameless, gettext("Answered without a name: %(number)d")),
            (found.without_consent, gettext("Have not agreed to be asked: %(number)d")),
            (found.barred, gettext("Must not be written to by e-mail: %(number)d")),
        )
        said = [told % {"number": len(found.told)}]
        return said + [words % {"number": number} for number, words in left_out if number]

    def perform(self, form: forms.Form) -> str:
        improvements.tell(improvement=self.object, by=self.actor, now=timezone.now())
        return gettext("Told those who spoke.")


@admin.register(Improvement)
class ImprovementAdmin(SpokenMixin, Admin):
    single_line = ()
    list_display = ("show_text", "plan", "published_at", "was_told")
    list_filter = (("published_at", admin.EmptyFieldListFilter), "plan")
    list_select_related = ("plan",)
    search_fields = ("text", "comments__text")
    ordering = ("-pk",)
    autocomplete_fields = ("plan", "comments")
    fields = ("text", "plan", "comments", ("published_at", "published_by"))
    readonly_fields = ("published_at", "published_by")
    actions_detail = ("publish", "tell", "take_back")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        one = self.get_object(request, str(object_id))
        offered = (
            set()
            if one is None or one.broadcast_id
            else {"tell", "take_back"}
            if one.published_at
            else {"publish"}
        )
        actions = super().get_actions_detail(request, object_id)
        return [action for action in actions if action.path in offered]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_told = obj is not None and obj.broadcast_id is not None
        return not is_told and super().has_delete_permission(request, obj)

    @action(
        description=_("Publish…"),
        icon="campaign",
        variant=ActionVariant.PRIMARY,
        permissions=["publish"],
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return PublishPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(
        description=_("Tell those who spoke…"),
        icon="send",
        variant=ActionVariant.PRIMARY,
        permissions=["publish"],
    )
    def tell(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return TellPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Take it back…"), icon="undo", permissions=["publish"])
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return TakeBackPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("you said, we changed"))
    def show_text(self, improvement: Improvement) -> str:
        return spoken(improvement.text)

    @display(description=_("told"), boolean=True)
    def was_told(self, improvement: Improvement) -> bool:
        return improvement.broadcast_id is not None
