from django.urls import path

from feedback import views

urlpatterns = [
    path("f/<str:token>/", views.form, name="feedback-form"),
    path("feedback/results/<slug:slug>/", views.survey_results, name="feedback-results"),
]
