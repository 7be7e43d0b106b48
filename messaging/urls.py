from django.urls import path

from messaging import views, views_health

urlpatterns = [
    path("u/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("health/live", views_health.live, name="health-live"),
    path("health/ready", views_health.ready, name="health-ready"),
    path("health/sending", views_health.sending, name="health-sending"),
    path("metrics", views_health.scrape, name="metrics"),
]
