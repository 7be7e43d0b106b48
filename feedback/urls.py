from django.urls import path

from feedback.views import form, preview

urlpatterns = [
    path("f/<str:token>/", form.form, name="feedback-form"),
    path("feedback/preview/<int:pk>/", preview.preview, name="feedback-preview"),
]
