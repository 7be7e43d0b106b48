import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# They read every URL, and load the admin for it: 20 MB in each worker. The web server and
# `manage.py check` run them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "yes")

app = Celery("klartext")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Every line that a task logs carries the task's id, and that of the request that caused it.
app.steps["worker"].add(DjangoStructLogInitStep)
