"""The database's clock: no worker's own decides when something is due or over."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now


def from_now(seconds: float) -> "ExpressionWrapper[CombinedExpression]":
    """A moment so many seconds ahead."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


def since(field: str) -> "ExpressionWrapper[CombinedExpression]":
    """How long ago a row's moment was."""
    now = ExpressionWrapper(Now(), output_field=DateTimeField())
    return ExpressionWrapper(now - F(field), output_field=DurationField())


def read(rows: QuerySet[Any]) -> datetime:
    """The time itself; it takes a row to ask for it."""
    moment: datetime = rows.values_list(Now(), flat=True)[:1].get()
    return moment
