from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminMultipleAutocompleteWidget

from audiences.admin.base import Admin
from audiences.models import Account, ComponentUse
from audiences.services import uses
from incidents.admin import labels
from incidents.models import Component, ComponentGroup
from incidents.services import affected, following

# More are looked at in a list of their own: one field cannot show thousands.
MOST_IN_A_FIELD = 200


@admin.register(ComponentGroup)
class ComponentGroupAdmin(Admin):
    list_display = ("name", "position")
    search_fields = ("name",)
    ordering = ("position", "name")


class AccountsWidget(AutocompleteSelectMultiple, UnfoldAdminMultipleAutocompleteWidget):
    """Looks accounts up as they are typed."""

    option_template_name = UnfoldAdminMultipleAutocompleteWidget.option_template_name


class ComponentForm(forms.ModelForm[Component]):
    accounts = forms.ModelMultipleChoiceField(
        label=_("Accounts that use it"),
        queryset=Account.objects.all(),
        required=False,
        widget=AccountsWidget(ComponentUse._meta.get_field("account"), admin.site),
        help_text=_("Their people are told when it is affected."),
        # Where the page did not show them, nothing typed is not nobody.
        show_hidden_initial=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "accounts" in self.fields:
            self.fields["accounts"].initial = uses.accounts(component=self.instance.slug)


@admin.register(Component)
class ComponentAdmin(Admin):
    form = ComponentForm
    list_display = ("name", "show_status", "group", "description", "position")
    list_filter = ("status", "group")
    list_select_related = ("group",)
    search_fields = ("name", "slug", "description")
    autocomplete_fields = ("group", "dependents")
    ordering = ("group__position", "position", "name")

    def get_fieldsets(self, request: HttpRequest, obj: Component | None = None) -> Any:
        told = "many_accounts" if obj and _has_many(obj) else "accounts"
        return (
            (None, {"fields": ("name", "slug", "description", ("group", "position"))}),
            (_("Now"), {"fields": ("status",)}),
            (_("Who is told"), {"fields": ("dependents", told)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Component | None = None) -> Any:
        # Accounts, followers, rules and other programs know it by its slug.
        return ("slug", "many_accounts") if obj else ("many_accounts",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ("name",)}

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "accounts" in form.changed_data:
            uses.set_accounts(component=form.instance.slug, accounts=form.cleaned_data["accounts"])
        if "name" in form.changed_data:
            following.keep_up(now=timezone.now())
            affected.rename_users(component=form.instance)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Says besides who follows and uses what goes: they do so no longer."""
        to_delete, counts, missing, protected = super().get_deleted_objects(objs, request)
        slugs = [one.slug for one in objs]
        more = {
            gettext("followers"): following.followers(components=slugs),
            gettext("accounts that use it"): sum(
                uses.accounts(component=one).count() for one in slugs
            ),
        }
        return to_delete, counts | more, missing, protected

    def delete_model(self, request: HttpRequest, obj: Component) -> None:
        super().delete_model(request, obj)
        following.forget(components=[obj.slug])

    # Else the next of that name might find the followers of the one that is gone.
    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Component]) -> None:
        slugs = list(queryset.values_list("slug", flat=True))
        super().delete_queryset(request, queryset)
        following.forget(components=slugs)

    @display(description=_("status"), ordering="status", label=labels.COMPONENT)
    def show_status(self, component: Component) -> tuple[str, str]:
        return component.status, component.get_status_display()

    @display(description=_("Accounts that use it"))
    def many_accounts(self, component: Component) -> SafeString:
        return format_html(
            '<a class="kt-link" href="{}?component={}">{}</a>',
            reverse("admin:audiences_componentuse_changelist"),
            component.slug,
            _accounts(component).count(),
        )


def _accounts(component: Component) -> QuerySet[Account]:
    return uses.accounts(component=component.slug)


def _has_many(component: Component) -> bool:
    return len(_accounts(component)[: MOST_IN_A_FIELD + 1]) > MOST_IN_A_FIELD
