"""Spreadsheets compute a cell that begins like a formula: going out it is defused, coming back
in it is what it was."""

import re

# OWASP, CSV Injection. Apostrophes before it count: one more is put there, one taken away.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


def defuse(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def undo(text: str) -> str:
    return text[1:] if _DEFUSED.match(text) else text
