"""Finding in SQL what could name somebody, so that few rows are read: plain LIKE, which a database
answers ten times as fast as a regular expression. What it finds is looked at again by signs.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

# What may stand between the digits of a number.
SEPARATORS = " ()/.\u2013-"
# Less than this is found in every other row: a regular expression is no slower then.
_TELLING_LETTERS = 3


def of_text(text: str) -> str:
    """A pattern of LIKE, in lower case, without what may be spelled in several ways; "" if too
    little is left."""
    runs = re.findall(r"[A-Za-z0-9@]+", text)
    return "%".join(runs).lower() if len("".join(runs)) >= _TELLING_LETTERS else ""


def naming(
    rows: QuerySet[Any], fields: Sequence[str], *, hints: Collection[str], expression: str
) -> QuerySet[Any]:
    """The rows that could name somebody in one of these fields; `expression` is for those of whom
    there is no hint."""
    # As text, whatever the column: a database compares JSON with JSON otherwise.
    texts = [Cast(F(field), TextField()) for field in fields]
    text = Concat(*texts, Value("", output_field=TextField()))
    found = Q()
    if hints:
        rows = rows.alias(is_hinted=_LikeAny(_Squeezed(text), sorted(hints)))
        found |= Q(is_hinted=True)
    if expression:
        rows = rows.alias(all_text=text)
        found |= Q(all_text__iregex=expression)
    return rows.filter(found)


class _Squeezed(Func):
    """In lower case and without separators."""

    function = "TRANSLATE"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"translate(lower({sql}), %s, '')", (*params, SEPARATORS)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        for _separator in SEPARATORS:
            sql = f"replace({sql}, %s, '')"
        return sql, (*params, *SEPARATORS)


class _LikeAny(Func):
    output_field = BooleanField()

    def __init__(self, text: Func, patterns: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.patterns = [f"%{pattern}%" for pattern in patterns]

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"({sql} LIKE ANY(%s))", (*params, self.patterns)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Its LIKE does not ask for the case of these letters."""
        sql, params = compiler.compile(self.source_expressions[0])
        each = [(f"{sql} LIKE %s", (*params, pattern)) for pattern in self.patterns]
        return f"({' OR '.join(one for one, _ in each)})", sum((p for _, p in each), ())
