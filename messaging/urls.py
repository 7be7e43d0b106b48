from django.urls import path, re_path

from messaging import views

urlpatterns = [
    re_path(r"^brand/(?P<digest>[0-9a-f]{32})$", views.brand_logo, name="brand-logo"),
    path("u/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("c/<str:token>/", views.confirm, name="confirm"),
    path("p/<str:token>/", views.preferences, name="preferences"),
    path("subscribe/", views.subscribe, name="subscribe"),
    path("subscribe/sent/", views.subscribe_sent, name="subscribe-sent"),
    path("preferences/", views.lost_link, name="lost-link"),
    path("preferences/sent/", views.lost_link_sent, name="lost-link-sent"),
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
    path("health/sending", views.sending, name="health-sending"),
    path("metrics", views.scrape, name="metrics"),
]
