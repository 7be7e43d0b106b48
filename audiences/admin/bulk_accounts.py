"""What can be done to many accounts of the list at once."""

from typing import Any

from django import forms
from django.contrib.admin import site
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.admin.bulk import Bulk, BulkForm, Noun
from audiences.admin.people_choice import ColleagueField
from audiences.models import Account, AudienceKind
from audiences.services import uses

ACCOUNTS = Noun(
    whom=lambda n: ngettext("%(count)s account: %(some)s", "%(count)s accounts: %(some)s", n),
    changed=lambda n: ngettext(
        "%(count)d account was changed.", "%(count)d accounts were changed.", n
    ),
    unchanged=lambda n: ngettext(
        "%(count)d account stays as it was: it is so already.",
        "%(count)d accounts stay as they were: it is so already.",
        n,
    ),
)


class TierForm(BulkForm):
    tier = forms.ChoiceField(
        label=_("tier"), choices=Account.Tier.choices, widget=UnfoldAdminSelectWidget
    )


class KindForm(BulkForm):
    kind = forms.ChoiceField(
        label=_("kind"), choices=AudienceKind.choices, widget=UnfoldAdminSelectWidget
    )


class ManagerForm(BulkForm):
    account_manager = ColleagueField(
        label=_("account manager"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        widget=AutocompleteSelect(
            Account._meta.get_field("account_manager"),
            site,
            attrs={"class": "unfold-admin-autocomplete"},
        ),
        help_text=_("Empty: nobody."),
    )

    def details(self) -> dict[str, Any]:
        manager = self.cleaned_data["account_manager"]
        return {"account_manager": manager.pk if manager else None}


class UseForm(BulkForm):
    component = forms.ChoiceField(label=_("component"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorted(uses.components().items(), key=lambda one: one[1].casefold())
        self.fields["component"].choices = known  # type: ignore[attr-defined]


TIER = Bulk(
    ACCOUNTS,
    "set_tier",
    "set_tier",
    _("Set the tier"),
    _("Rules that ask for the tier count from now on with the new one."),
    TierForm,
)
KIND = Bulk(
    ACCOUNTS,
    "set_kind",
    "set_kind",
    _("Set the kind"),
    _("Rules that ask for the kind count from now on with the new one."),
    KindForm,
)
MANAGER = Bulk(
    ACCOUNTS,
    "set_manager",
    "set_manager",
    _("Set the account manager"),
    _("They answer for these accounts from now on, instead of whoever did before."),
    ManagerForm,
)
ADD_USE = Bulk(
    ACCOUNTS,
    "add_use",
    "add_use",
    _("Add the use of a component"),
    _("The people of these accounts count as affected when it is. What else they use stays."),
    UseForm,
)
END_USE = Bulk(
    ACCOUNTS,
    "end_use",
    "end_use",
    _("End the use of a component"),
    _("The people of these accounts do not count as affected any more when it is."),
    UseForm,
)
