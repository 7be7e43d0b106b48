"""The embedded settings in a folder of their own, on the databases the run was given."""

import atexit
import os
import shutil
import tempfile

import environ

from config import environment

# A developer's own production environment must not reach the tests.
for name in environment.PRODUCTION:
    os.environ.pop(name, None)


def _use_folder_of_this_run() -> None:
    folder, owner = tempfile.mkdtemp(prefix="klartext-tests-"), os.getpid()
    os.environ["KLARTEXT_VAR"] = folder
    # Workers that a test forked leave by the same door.
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))


if "KLARTEXT_VAR" not in os.environ:
    _use_folder_of_this_run()

from config.settings import *  # noqa: E402, F403
from config.settings import CACHES, DATABASES, VAR_DIR  # noqa: E402

if address := os.environ.get("TEST_DATABASE_URL"):
    DATABASES["default"] = environ.Env.db_url_config(address)
else:
    # A file, not memory: workers and web servers of a test are other processes or threads.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}

# A process that a test starts works on the test's own database, not on the one beside it.
if name := os.environ.get("TEST_DATABASE_NAME"):
    DATABASES["default"]["NAME"] = name

if broker := os.environ.get("TEST_REDIS_URL"):
    CELERY_BROKER_URL = broker
    CELERY_BROKER_TRANSPORT = None
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300}

# Whoever kills workers does not want to wait as long as production has to.
if seconds := os.environ.get("TEST_LEASE_SECONDS"):
    LEASE_SECONDS = int(seconds)

CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each test has a client of its own, and would look through all static files for it first.
WHITENOISE_AUTOREFRESH = True
