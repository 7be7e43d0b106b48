"""The questions of a page as HTML."""

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from feedback.forms import Sheet
from feedback.services.papers import Paper


def questions(sheet: Sheet) -> SafeString:
    """As they are asked, with what was answered. Most people open the form by a click in a mail:
    what is the same for all who clicked the same is drawn once per process."""
    if sheet.is_as_clicked:
        return _as_clicked(sheet.paper, sheet.page, sheet.click, get_language())
    return _drawn(sheet)


@lru_cache(maxsize=256)
def _as_clicked(paper: Paper, page: int, click: str, _language: str | None) -> SafeString:
    sheet = Sheet(paper, page=page)
    sheet.choose(click)
    return _drawn(sheet)


def _drawn(sheet: Sheet) -> SafeString:
    return render_to_string("feedback/_questions.html", {"sheet": sheet})
