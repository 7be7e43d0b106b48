"""The embedded set-up stands aside where production is configured."""

from django.conf import settings
from django.core.management.base import CommandError

PROCESSES = """\
This environment configures production, where each process is started by itself:
  web:      granian --interface wsgi --no-http1-keep-alive config.wsgi:application
  sending:  celery -A config worker --queues sending
  timeline: celery -A config worker --queues timeline
  beat:     celery -A config beat
Unset the production variables to run everything on this machine instead."""


def refuse() -> None:
    """:raises CommandError: this is production; the message names its processes."""
    if not settings.EMBEDDED:
        raise CommandError(PROCESSES)
