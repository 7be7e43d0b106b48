"""What a log line looks like, and what never stands in one."""

import logging
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from messaging.masking import masked

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def mask(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Mask every value, whoever wrote it: our code, a library, a traceback."""
    for key, value in event.items():
        if not isinstance(value, int | float | None):
            event[key] = masked(str(value))
    return event


class NotEveryTick(logging.Filter):
    """Beat need not say each time that it fires."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Scheduler: Sending due task")


def _plain(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """A line for people: when, how bad, who, what, and what it belongs to."""
    head = [str(event.pop(key, "")) for key in ("timestamp", "level", "logger", "event")]
    trace = [str(event.pop(key)) for key in ("stack", "exception") if event.get(key)]
    return "\n".join([" ".join(head + [f"{key}={event[key]}" for key in sorted(event)]), *trace])


_RENDER: dict[str, Processor] = {
    "json": structlog.processors.JSONRenderer(ensure_ascii=False),
    "line": _plain,
}
FORMATS = frozenset(_RENDER)

# Levels above the usual one: these name addresses and bodies at INFO, or repeat what Celery's own
# lines say. Below INFO, Django shows SQL with its values.
_LEVELS = {
    "mail.log": "WARNING",
    "twilio": "WARNING",
    "urllib3": "WARNING",
    "django.db": "INFO",
    "django_structlog.celery": "CRITICAL",
    "celery.worker.strategy": "WARNING",
    # The middleware reports requests, each with its id.
    "django.request": "CRITICAL",
}


structlog.configure(
    # What nobody writes down is not put together either.
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)


def formatter(form: str) -> logging.Formatter:
    """Writes what came through structlog and what came through `logging` alike."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # Tracebacks without the values of variables.
            structlog.processors.format_exc_info,
            mask,
            _RENDER[form],
        ],
    )


def configuration(*, level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING: everything goes to standard error, in one form."""
    number = logging.getLevelNamesMapping().__getitem__
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": {"()": formatter, "form": form}},
        "filters": {"not every tick": {"()": NotEveryTick}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            **{name: {"level": max(level, least, key=number)} for name, least in _LEVELS.items()},
            # These say at INFO that they are up; whoever starts them waits for it.
            "celery.apps.worker": {"level": "INFO"},
            "celery.beat": {"level": "INFO", "filters": ["not every tick"]},
            # Not once more through handlers of their own.
            "django": {"handlers": []},
            "_granian": {"handlers": []},
        },
    }
