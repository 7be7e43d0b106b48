from django.contrib import admin
from django.urls import include, path

from messaging.webhooks import mail, twilio

admin.autodiscover()

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("hooks/twilio/status/<int:delivery_id>/", twilio.status, name="twilio-status"),
    path("hooks/twilio/inbound/", twilio.inbound, name="twilio-inbound"),
    path("hooks/mail/<slug:provider>/tracking/", mail.tracking, name="mail-tracking"),
    path("", include("incidents.urls")),
    path("", include("messaging.urls")),
    path("", include("feedback.urls")),
]
