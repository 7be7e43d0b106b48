"""In which language and time zone somebody hears: their own, else their account's, else ours."""

from django.conf import settings
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from audiences.models.accounts import Account


def ours(name: str) -> str:
    return settings.LANGUAGE_CODE if name == "language" else settings.TIME_ZONE


def heard(name: str) -> Coalesce:
    """The `language` or `time_zone` of a contact in SQL, as `Contact.heard()` says it."""
    # Looked up, not joined: most people have their own, and then nobody asks for the account's.
    of_account = Account.objects.filter(pk=OuterRef("account")).exclude(**{name: ""}).values(name)
    return Coalesce(NullIf(F(name), Value("")), Subquery(of_account), Value(ours(name)))
