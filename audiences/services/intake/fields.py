"""What a column of a file can fill, besides a profile, and what the pages call it."""

from django.utils.translation import gettext_lazy

FIELDS = {
    "email": gettext_lazy("e-mail"),
    "phone": gettext_lazy("phone"),
    "name": gettext_lazy("name"),
    "first_name": gettext_lazy("first name"),
    "last_name": gettext_lazy("last name"),
    "language": gettext_lazy("language"),
    "time_zone": gettext_lazy("time zone"),
    "account": gettext_lazy("account"),
    "account_external_id": gettext_lazy("account's external id"),
    "account_tier": gettext_lazy("account's tier"),
    "account_kind": gettext_lazy("account's kind"),
    "account_language": gettext_lazy("account's language"),
    "account_time_zone": gettext_lazy("account's time zone"),
    "account_manager": gettext_lazy("account's manager"),
    "account_components": gettext_lazy("components the account uses"),
    "segments": gettext_lazy("segments"),
    "region": gettext_lazy("country of the phone number"),
}
