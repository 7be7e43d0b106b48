#!/usr/bin/env python
import io
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Whoever reads through a pipe wants to see each line when it is written, too.
        sys.stdout.reconfigure(line_buffering=True)
    execute_from_command_line(sys.argv)
