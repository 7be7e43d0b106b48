"""Spreadsheets compute a cell that begins like a formula: going out it is defused, coming back
in it is what it was.

Where lists are separated by semicolons, as in German, Excel reads a file of commas as cells that
end at semicolons and line breaks: what comes after one begins a cell, too.
"""

import re

# OWASP, CSV Injection. Apostrophes before it count: one more is put there, one taken away.
_FORMULA = re.compile(r"\A(?='*[=+\-@\t\r])|(?<=[;\n\r])(?=[ ']*[=+\-@])")
_DEFUSED = re.compile(r"\A'(?='*[=+\-@\t\r])|(?<=[;\n\r])'(?=[ ']*[=+\-@])")


def defuse(text: str) -> str:
    return _FORMULA.sub("'", text)


def undo(text: str) -> str:
    return _DEFUSED.sub("", text)
