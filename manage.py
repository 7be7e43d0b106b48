#!/usr/bin/env python
import io
import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def check_environment() -> None:
    """A wrong setting is said in one sentence, not at the end of a traceback."""
    try:
        _ = settings.SECRET_KEY
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Whoever reads through a pipe wants to see each line when it is written, too.
        sys.stdout.reconfigure(line_buffering=True)
    check_environment()
    execute_from_command_line(sys.argv)
