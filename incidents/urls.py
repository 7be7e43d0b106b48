from django.urls import path

from incidents import views

urlpatterns = [
    path("", views.status, name="status"),
    path("incidents/<slug:key>/", views.incident, name="incident"),
    path("favicon.ico", views.icon, name="icon"),
    path("language/", views.language, name="language"),
]
