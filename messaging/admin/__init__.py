import django_twilio.admin  # registers what is taken away below
import django_twilio.models
from django.contrib import admin

from messaging.admin import person as person  # on a contact's page
from messaging.admin.brand import BrandAdmin
from messaging.admin.broadcasts import BroadcastAdmin, BroadcastContentAdmin
from messaging.admin.control import CircuitAdmin, LeaseAdmin, RateLimitAdmin
from messaging.admin.deliveries import DeliveryAdmin, DeliveryEventAdmin
from messaging.admin.house_words import HouseWordAdmin
from messaging.admin.templates import TemplateAdmin, TemplateVariantAdmin

# They would show tokens, and a list of blocked numbers that nobody asks: suppressions decide.
admin.site.unregister([django_twilio.models.Caller, django_twilio.models.Credential])

__all__ = [
    "BrandAdmin",
    "BroadcastAdmin",
    "BroadcastContentAdmin",
    "CircuitAdmin",
    "DeliveryAdmin",
    "DeliveryEventAdmin",
    "HouseWordAdmin",
    "LeaseAdmin",
    "RateLimitAdmin",
    "TemplateAdmin",
    "TemplateVariantAdmin",
]
