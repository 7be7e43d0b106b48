from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig

from config import checks as checks  # registers them


class TwilioConfig(AppConfig):
    """django-twilio with its own key type, so that makemigrations leaves site-packages alone."""

    name = "django_twilio"
    default_auto_field = "django.db.models.AutoField"


class AdminConfig(SimpleAdminConfig):
    default_site = "config.site.Site"
