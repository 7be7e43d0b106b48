from django.urls import path

from incidents import duty_page, views

urlpatterns = [
    path("", views.status, name="status"),
    path("incidents/<slug:key>/", views.incident, name="incident"),
    path("d/<str:token>/", duty_page.answer, name="duty-call"),
    path("favicon.ico", views.icon, name="icon"),
    path("language/", views.language, name="language"),
]
