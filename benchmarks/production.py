"""Production's settings, with the files that pages need in the folder of this run."""

from config.settings import *  # noqa: F403
from config.settings import VAR_DIR

STATIC_ROOT = VAR_DIR / "static-root"
