from django.contrib import admin
from django.urls import include, path

from messaging.webhooks import twilio

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("hooks/twilio/status/<int:delivery_id>/", twilio.status, name="twilio-status"),
    path("", include("incidents.urls")),
    path("", include("messaging.urls")),
    path("", include("feedback.urls")),
]
