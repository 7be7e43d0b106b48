"""In which language and time zone somebody hears: their own, else their account's, else ours."""

from django.conf import settings
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import Exact

from audiences.models.accounts import Account


def ours(name: str) -> str:
    return settings.LANGUAGE_CODE if name == "language" else settings.TIME_ZONE


def heard(name: str) -> Coalesce:
    """The `language` or `time_zone` of a contact in SQL, as `Contact.heard()` says it."""
    # Looked up, not joined: most people have their own, and then nobody asks for the account's.
    of_account = Account.objects.filter(pk=OuterRef("account")).exclude(**{name: ""}).values(name)
    return Coalesce(NullIf(F(name), Value("")), Subquery(of_account), Value(ours(name)))


def hears_in(language: str) -> Q:
    """The condition on contacts to hear in a language."""
    return Q(Exact(heard("language"), Value(language)))
