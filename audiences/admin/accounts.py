from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from audiences.admin import bulk, bulk_accounts
from audiences.admin.as_shown import AsShownMixin, RowsAsShown
from audiences.admin.base import Admin, Rows, actor
from audiences.admin.colours import coloured
from audiences.admin.lists import QuickListMixin
from audiences.admin.pages import address
from audiences.models import Account, AudienceKind, ComponentUse, Contact
from audiences.services import bulk_rights, lookup

# So many people of an account are named on its page.
SHOWN = 20


class AccountForm(AsShownMixin, forms.ModelForm[Account]):
    pass


class UseForm(AsShownMixin, forms.ModelForm[ComponentUse]):
    pass


class UseRows(Rows):
    model = ComponentUse
    form = UseForm
    formset = RowsAsShown
    verbose_name_plural = _("Which services does it depend on?")
    fields = ("component",)
    ordering = ("component",)


@admin.register(ComponentUse)
class ComponentUseAdmin(Admin):
    list_display = ("account", "component")
    list_filter = (("component", admin.AllValuesFieldListFilter), "account__kind", "account__tier")
    list_select_related = ("account",)
    search_fields = ("account__name", "component")
    autocomplete_fields = ("account",)
    ordering = ("component", "account__name")


@admin.register(Account)
class AccountAdmin(QuickListMixin, Admin):
    form = AccountForm
    list_display = ("name", "show_kind", "show_tier", "account_manager", "contacts", "external_id")
    list_filter = ("kind", "tier", ("account_manager", AutocompleteSelectFilter))
    list_select_related = ("account_manager",)
    search_fields = ("name", "external_id")
    autocomplete_fields = ("account_manager",)
    ordering = ("name",)
    inlines = (UseRows,)
    actions = ("set_tier", "set_kind", "set_manager", "add_use", "end_use")
    readonly_fields = ("people",)
    fields = (
        *("name", ("kind", "tier"), "account_manager", "external_id"),
        *(("language", "time_zone"), "people"),
    )

    def matches(self, words: str) -> Q:
        return lookup.accounts(words)

    def has_use_permission(self, request: HttpRequest) -> bool:
        return bulk_rights.may(what="add_use", by=actor(request))

    @admin.action(description=_("Set the tier…"), permissions=["change"])
    def set_tier(self, request: HttpRequest, chosen: QuerySet[Account]) -> HttpResponse | None:
        return bulk.ask(bulk_accounts.TIER, self, request, chosen)

    @admin.action(description=_("Set the kind…"), permissions=["change"])
    def set_kind(self, request: HttpRequest, chosen: QuerySet[Account]) -> HttpResponse | None:
        return bulk.ask(bulk_accounts.KIND, self, request, chosen)

    @admin.action(description=_("Set the account manager…"), permissions=["change"])
    def set_manager(self, request: HttpRequest, chosen: QuerySet[Account]) -> HttpResponse | None:
        return bulk.ask(bulk_accounts.MANAGER, self, request, chosen)

    @admin.action(description=_("Add the use of a component…"), permissions=["use"])
    def add_use(self, request: HttpRequest, chosen: QuerySet[Account]) -> HttpResponse | None:
        return bulk.ask(bulk_accounts.ADD_USE, self, request, chosen)

    @admin.action(description=_("End the use of a component…"), permissions=["use"])
    def end_use(self, request: HttpRequest, chosen: QuerySet[Account]) -> HttpResponse | None:
        return bulk.ask(bulk_accounts.END_USE, self, request, chosen)

    def get_fields(self, request: HttpRequest, obj: Account | None = None) -> Any:
        may_see_people = request.user.has_perm("audiences.view_contact")
        return [one for one in self.fields if may_see_people or one != "people"]

    @display(description=_("people"))
    def people(self, account: Account) -> SafeString | str:
        """The first of them by name, and the way to all."""
        if not account.pk:
            return "–"
        there = Contact.objects.filter(account=account).order_by("name", "pk")
        shown = [(address(one), one) for one in there[: SHOWN + 1]]
        links = format_html_join(", ", '<a class="kt-link" href="{}">{}</a>', shown[:SHOWN])
        if len(shown) <= SHOWN:
            return links or "–"
        url = reverse("admin:audiences_contact_changelist") + f"?account__id__exact={account.pk}"
        return format_html('{} … <a class="kt-link" href="{}">{}</a>', links, url, gettext("All"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        there = Contact.objects.filter(account=OuterRef("pk")).order_by().values("account")
        people = Subquery(there.values(people=Count("pk")), output_field=IntegerField())
        # Counted for the rows that are shown, not for all that are sorted.
        counted: QuerySet[Any] = (
            super().get_queryset(request).annotate(contacts=Coalesce(people, 0))
        )
        return counted

    @display(
        description=_("kind"),
        ordering="kind",
        label=coloured({AudienceKind.INTERNAL: "info", AudienceKind.PARTNER: "primary"}),
    )
    def show_kind(self, account: Account) -> tuple[str, str]:
        return account.kind, account.get_kind_display()

    @display(description=_("tier"), ordering="tier", label=coloured({Account.Tier.KEY: "warning"}))
    def show_tier(self, account: Account) -> tuple[str, str]:
        return account.tier, account.get_tier_display()

    @display(description=_("contacts"))
    def contacts(self, account: Account) -> int:
        return account.contacts  # type: ignore[attr-defined, no-any-return]
