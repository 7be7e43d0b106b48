"""Who works on an import: a lease on the database's clock, so that no worker's clock decides."""

from datetime import timedelta

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from audiences.models import ContactImport

# Looked at, or imported.
IN_WORK = (ContactImport.State.UPLOADED, ContactImport.State.RUNNING)
FREE = Q(leased_until=None) | Q(leased_until__lt=Now())


def waiting() -> list[int]:
    """Imports that nobody works on, also those that a dead worker has left."""
    free = ContactImport.objects.filter(FREE, state__in=IN_WORK)
    return list(free.order_by("pk").values_list("pk", flat=True))


def take(*, pk: int) -> bool:
    """False when somebody else has it, or it needs no work."""
    free = ContactImport.objects.filter(FREE, pk=pk, state__in=IN_WORK)
    return bool(free.update(leased_until=ahead()))


def give_up(*, pk: int) -> None:
    ContactImport.objects.filter(pk=pk).update(leased_until=None)


def ahead(*, besides: int = 0) -> "ExpressionWrapper[CombinedExpression]":
    """When a lease that is taken or renewed now lapses, with so many seconds on top."""
    moment = Now() + timedelta(seconds=settings.LEASE_SECONDS + besides)
    return ExpressionWrapper(moment, output_field=DateTimeField())
