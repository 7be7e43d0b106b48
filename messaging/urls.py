from django.urls import path

from messaging import views

urlpatterns = [
    path("u/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
    path("health/sending", views.sending, name="health-sending"),
    path("metrics", views.scrape, name="metrics"),
]
