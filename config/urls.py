from django.contrib import admin
from django.urls import include, path

from audiences.admin.people_choice import SearchView
from messaging.webhooks import mail, twilio

admin.autodiscover()

urlpatterns = [
    # Before the admin's own, which calls everybody by the name they log in by.
    path("admin/autocomplete/", admin.site.admin_view(SearchView.as_view(admin_site=admin.site))),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("hooks/twilio/status/<int:delivery_id>/", twilio.status, name="twilio-status"),
    path("hooks/twilio/inbound/", twilio.inbound, name="twilio-inbound"),
    path("hooks/mail/<slug:provider>/tracking/", mail.tracking, name="mail-tracking"),
    path("", include("incidents.urls")),
    path("", include("messaging.urls")),
    path("", include("feedback.urls")),
]
