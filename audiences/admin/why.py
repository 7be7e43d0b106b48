"""Why is this person in a segment, or not?"""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from audiences import rules
from audiences.admin.pages import ObjectPage, address
from audiences.models import Contact
from audiences.services import explaining, lookup

SHOWN = 20


def may_ask(request: HttpRequest) -> bool:
    """The answer quotes what stands at a person's name."""
    shown = ("contact", "subscription", "suppression")
    return request.user.has_perms([f"audiences.view_{one}" for one in shown])


class WhyPage(ObjectPage, TemplateView):
    title = _("Why is this person in, or not?")
    template_name = "admin/audiences/why.html"
    permission = "view"

    def has_permission(self) -> bool:
        return super().has_permission() and may_ask(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        asked = self.request.GET.get("person", "").strip()
        contact = _chosen(self.request.GET.get("contact", ""))
        found = [] if contact or not asked else list(_search(asked)[:SHOWN])
        if len(found) == 1:
            contact = found[0]
        if contact:
            context |= self._explained(contact)
        return {**context, "asked": asked, "found": found, "contact": contact}

    def _explained(self, contact: Contact) -> dict[str, Any]:
        try:
            explanation = explaining.explain(
                segment=self.object, contact=contact, now=timezone.now()
            )
        except rules.InvalidRule as error:
            return {"problem": str(error)}
        return {"explanation": explanation, "contact_address": address(contact)}


def _chosen(pk: str) -> Contact | None:
    found = Contact.objects.filter(pk=int(pk[:18])) if pk.isdecimal() else Contact.objects.none()
    return found.select_related("account__account_manager").first()


def _search(words: str) -> QuerySet[Contact]:
    people = Contact.objects.filter(lookup.matching(words[:100].replace("\x00", "")))
    return people.select_related("account__account_manager").order_by("name", "pk")
