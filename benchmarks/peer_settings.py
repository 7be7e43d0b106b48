"""django-post_office as it sent fastest here: batches of 1,000, in each process four threads."""

import os

import environ

SECRET_KEY = os.environ["SECRET_KEY"]
INSTALLED_APPS = ["django.contrib.contenttypes", "post_office"]
DATABASES = {"default": environ.Env.db_url_config(os.environ["DATABASE_URL"])}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEFAULT_FROM_EMAIL = os.environ["MAIL_FROM"]
USE_TZ = True
vars().update(environ.Env.email_url_config(os.environ["EMAIL_URL"]))
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
POST_OFFICE = {
    "BATCH_SIZE": 1_000,
    "THREADS_PER_PROCESS": 4,
    # A row of log per message would cost it a sixth.
    "LOG_LEVEL": 1,
    "MESSAGE_ID_ENABLED": True,
    "MESSAGE_ID_FQDN": "status.example",
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"post_office": {"handlers": ["console"], "level": "WARNING"}},
}
