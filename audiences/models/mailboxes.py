"""Which mailbox an address leads to, in SQL: many providers deliver a.na+news@… to ana@…"""

from typing import Any

from django.db.models import Case, TextField, Value, When
from django.db.models.functions import Concat, Replace, StrIndex, Substr

_AT, _PLUS = Value("@"), Value("+")


def mailbox(field: str) -> Case:
    """The address without dots and tags before its “@”; "" where there is none."""
    # With a plus sign of our own, a name without a tag ends there.
    name = _until(Concat(_until(field, _AT), _PLUS, output_field=TextField()), _PLUS)
    bare = Replace(name, Value("."), Value(""))
    host = Substr(field, StrIndex(field, _AT))
    found = Concat(bare, host, output_field=TextField())
    return Case(When(**{field: ""}, then=Value("")), default=found, output_field=TextField())


def _until(text: Any, sign: Value) -> Substr:
    return Substr(text, 1, StrIndex(text, sign) - 1)
