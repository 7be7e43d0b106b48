from django.contrib import admin
from django_twilio.models import Caller, Credential

from messaging.admin.broadcasts import BroadcastAdmin, BroadcastContentAdmin
from messaging.admin.control import CircuitAdmin, LeaseAdmin, RateLimitAdmin
from messaging.admin.deliveries import DeliveryAdmin, DeliveryEventAdmin
from messaging.admin.templates import TemplateAdmin, TemplateVariantAdmin

# They would show tokens, and a list of blocked numbers that nobody asks: suppressions decide.
admin.site.unregister([Caller, Credential])

__all__ = [
    "BroadcastAdmin",
    "BroadcastContentAdmin",
    "CircuitAdmin",
    "DeliveryAdmin",
    "DeliveryEventAdmin",
    "LeaseAdmin",
    "RateLimitAdmin",
    "TemplateAdmin",
    "TemplateVariantAdmin",
]
