from django.urls import path
from django.views.generic import RedirectView

from incidents import duty_page, views

urlpatterns = [
    path("", views.status, name="status"),
    path("incidents/<slug:key>/", views.incident, name="incident"),
    # What text messages name: each character of theirs costs.
    path("i/<slug:key>", RedirectView.as_view(pattern_name="incident"), name="incident-short"),
    path("d/<str:token>/", duty_page.answer, name="duty-call"),
    path("favicon.ico", views.icon, name="icon"),
    path("language/", views.language, name="language"),
]
