from django.urls import path

from feedback.views import form, preview, results

urlpatterns = [
    path("f/<str:token>/", form.form, name="feedback-form"),
    path("feedback/preview/<int:pk>/", preview.preview, name="feedback-preview"),
    path("feedback/results/<slug:slug>/", results.survey_results, name="feedback-results"),
]
