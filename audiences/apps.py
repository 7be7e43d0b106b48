from django.apps import AppConfig
from django.db.models import IntegerField
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from audiences.lookups import WithinRange


class AudiencesConfig(AppConfig):
    name = "audiences"
    verbose_name = _("Audiences")

    def ready(self) -> None:
        IntegerField.register_lookup(WithinRange)
        # What each app holds about a person: they know audiences, it does not know them.
        autodiscover_modules("services.holdings")
        # And what in each can be followed.
        autodiscover_modules("services.following")
