"""Settings: the embedded set-up by default, production by environment alone (see README)."""

import hashlib
import logging
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from config import databases, environment, logs, mail, work
from config.admin_site import UNFOLD as UNFOLD

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
EMBEDDED = environment.is_embedded()
DEBUG = False

# Everything the embedded set-up writes: database, broker, caught mail, the secret.
VAR_DIR = Path(os.environ.get("KLARTEXT_VAR", BASE_DIR / "var"))

# The embedded services sit on four neighbouring ports of the loopback interface.
EMBEDDED_PORT = environment.whole_number("EMBEDDED_PORT", 8000, most=65_533)
EMBEDDED_SMTP_PORT = EMBEDDED_PORT + 1
EMBEDDED_STANDINS_PORT = EMBEDDED_PORT + 2
EMBEDDED_STORE = VAR_DIR / "caught.sqlite3"


def _embedded_secret() -> str:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    path = VAR_DIR / "secret_key"
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = _embedded_secret() if EMBEDDED else environment.required("SECRET_KEY")
SECRET_KEY_FALLBACKS = os.environ.get("SECRET_KEY_FALLBACKS", "").split()
# Recognises the addresses of people who were erased; without it the secret key does.
ERASURE_KEY = os.environ.get("ERASURE_KEY", "")

PUBLIC_BASE_URL = (
    f"http://127.0.0.1:{EMBEDDED_PORT}"
    if EMBEDDED
    else environment.site("PUBLIC_BASE_URL", "https")
)
_public = urlsplit(PUBLIC_BASE_URL)
ALLOWED_HOSTS = [_public.hostname or "", *os.environ.get("ALLOWED_HOSTS", "").split()]
if EMBEDDED:
    ALLOWED_HOSTS.append("localhost")
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    # Discovered by config.urls: workers need no pages, and a fifth less memory without them.
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "anymail",
    "django_structlog",
    "config.apps.TwilioConfig",
    "audiences",
    "messaging",
    "feedback",
    "incidents",
    "embedded",
]
# Widgets of our own lie in the project's templates.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Nearly half of what a crowd asks for is files; nobody reads of them in a log.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.RequestLog",
    "config.middleware.our_encoding",
    # The admin says all of its classes once more in each cell: 320 kB are 16 on their way.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "audiences.zones.middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


DATABASES = {"default": databases.sqlite(folder=VAR_DIR) if EMBEDDED else databases.postgres()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "cache",
    }
    if EMBEDDED
    else {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": environment.url("REDIS_URL", "redis", "rediss"),
    }
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
# The second holds German that Unfold lacks and Django gets wrong.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale-libraries"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = environment.time_zone("TIME_ZONE", "Europe/Berlin")
USE_TZ = True

STATIC_URL = "static/"
# The embedded set-up serves the sources; only production collects them.
STATIC_ROOT = None if EMBEDDED else BASE_DIR / "static-root"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = EMBEDDED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Who speaks.
ORGANISATION_NAME = os.environ.get("ORGANISATION_NAME", "Klartext")
MAIL_FROM, MAIL_DOMAIN = (
    (f"{ORGANISATION_NAME} <status@status.example>", "status.example")
    if EMBEDDED
    else environment.sender("MAIL_FROM")
)
DEFAULT_FROM_EMAIL = MAIL_FROM

# E-mail.
EMAIL_TIMEOUT = 20
MAIL_PROVIDER = environment.one_of("MAIL_PROVIDER", {"", *mail.PROVIDERS}, "")
ANYMAIL = mail.anymail_settings(provider=MAIL_PROVIDER)
vars().update(
    mail.embedded(port=EMBEDDED_SMTP_PORT) if EMBEDDED else mail.way_out(provider=MAIL_PROVIDER)
)

# SMS: Twilio, or its embedded stand-in under the same paths.
TWILIO_ACCOUNT_SID = (
    "AC" + hashlib.sha256(SECRET_KEY.encode()).hexdigest()[:32]
    if EMBEDDED
    else environment.matching("TWILIO_ACCOUNT_SID", ("AC",))
)
TWILIO_AUTH_TOKEN = (
    hashlib.sha256(b"twilio" + SECRET_KEY.encode()).hexdigest()[:32]
    if EMBEDDED
    else environment.required("TWILIO_AUTH_TOKEN")
)
TWILIO_FROM = "+15005550006" if EMBEDDED else environment.text_sender("TWILIO_FROM")
TWILIO_API_BASE_URL = (
    f"http://127.0.0.1:{EMBEDDED_STANDINS_PORT}" if EMBEDDED else "https://api.twilio.com"
)
# What one segment of a text costs, for the estimate before sending.
SMS_PRICE_PER_SEGMENT = environment.amount("SMS_PRICE_PER_SEGMENT", "0.08")
SMS_CURRENCY = environment.currency("SMS_CURRENCY", "EUR")
# Earlier tokens, which Twilio signs its webhooks with until everything has changed over.
TWILIO_AUTH_TOKEN_FALLBACKS = os.environ.get("TWILIO_AUTH_TOKEN_FALLBACKS", "").split()

# Work.
TICK_SECONDS = environment.whole_number("TICK_SECONDS", 1 if EMBEDDED else 5)
CELERY_BROKER_URL = (
    "filesystem://localhost" if EMBEDDED else environment.url("REDIS_URL", "redis", "rediss")
)
CELERY_BEAT_SCHEDULE = work.schedule(tick_seconds=TICK_SECONDS)
vars().update(work.broker(embedded=EMBEDDED, folder=VAR_DIR), **work.WORKERS)

# For how many days what names people is kept when it is no longer needed; 0 keeps it for good.
KEEP_EVENTS_DAYS = environment.days("KEEP_EVENTS_DAYS", 90)
KEEP_ADDRESSES_DAYS = environment.days("KEEP_ADDRESSES_DAYS", 730)
KEEP_IMPORTS_DAYS = environment.days("KEEP_IMPORTS_DAYS", 90)
KEEP_UNCONFIRMED_DAYS = environment.days("KEEP_UNCONFIRMED_DAYS", 30)
KEEP_NETWORK_ADDRESSES_DAYS = environment.days("KEEP_NETWORK_ADDRESSES_DAYS", 365)
KEEP_LIFTED_SUPPRESSIONS_DAYS = environment.days("KEEP_LIFTED_SUPPRESSIONS_DAYS", 1095)

# For how many days somebody who was asked for feedback is not asked again; 0 does not spare them.
FEEDBACK_REST_DAYS = environment.days("FEEDBACK_REST_DAYS", 14)
# Figures of fewer answers than this are not shown: they would tell what single people said.
FEEDBACK_SMALLEST_GROUP = environment.whole_number("FEEDBACK_SMALLEST_GROUP", 5)

# Sending.
# Processes that send at the same time on a channel, and the connections of each.
SENDERS = environment.whole_number("SENDERS", 1 if EMBEDDED else 2, most=64)
CONNECTIONS = environment.whole_number("CONNECTIONS", 2 if EMBEDDED else 8, most=256)
# Renewed about once a second; shorter, a machine that stalls for a moment sends messages twice.
LEASE_SECONDS = environment.whole_number("LEASE_SECONDS", 60, least=15)
# Record each message before its connection sends the next: fewest repeats, slower.
RECORD_ONE_BY_ONE = environment.switch("RECORD_ONE_BY_ONE")

FILE_UPLOAD_HANDLERS = [
    "config.uploads.OnlyStaffSendsMuch",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# The form of a plan sends some fifty fields for each of its steps.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# The largest contact file that the admin takes; the command line takes any.
CONTACT_IMPORT_MAX_MB = environment.whole_number("CONTACT_IMPORT_MAX_MB", 50)

# Secure by default wherever the address is public.
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not EMBEDDED:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # Asked from the machine itself, beside the proxy.
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
SESSION_COOKIE_AGE = 8 * 60 * 60

LOG_LEVEL = environment.one_of("LOG_LEVEL", logging.getLevelNamesMapping(), "INFO")
LOG_FORMAT = environment.one_of("LOG_FORMAT", logs.FORMATS, "line" if EMBEDDED else "json")
LOGGING = logs.configuration(level=LOG_LEVEL, form=LOG_FORMAT)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# Ids of requests and tasks only. Whoever did something in the admin stands in its history.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG

# Self-service.
# Mailboxes in exactly these domains may join internal lists.
INTERNAL_DOMAINS = environment.domains("INTERNAL_DOMAINS")
# How many proxies of our own stand before the web server and append to X-Forwarded-For.
TRUSTED_PROXIES = environment.count("TRUSTED_PROXIES")

# Health and metrics.
HEALTH_MAX_AGE_SECONDS = environment.whole_number("HEALTH_MAX_AGE_SECONDS", 60)
# Whoever sends it as a bearer token may read /metrics; embedded, anybody on this machine may.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
