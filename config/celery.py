import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("klartext")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Every line that a task logs carries the task's id, and that of the request that caused it.
app.steps["worker"].add(DjangoStructLogInitStep)
