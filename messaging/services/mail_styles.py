"""Looks of what Markdown became, on every element: many programs drop a mail's style sheet.

Colours that differ in the dark are not among them: a style of an element would beat both.
"""

import re

from messaging import merging

_FONT = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_LINE = "1px solid #8a96a3"
_CELL = f"padding:8px 12px;border:{_LINE};text-align:left;vertical-align:top"
_CODE = "font-family:Consolas,Menlo,'Courier New',monospace;font-size:14px"
_STYLES = {
    "h1": "margin:0 0 16px;font-size:22px;line-height:1.3",
    "h2": "margin:24px 0 8px;font-size:18px;line-height:1.35",
    "h3": "margin:20px 0 8px;font-size:16px;line-height:1.4",
    "h4": "margin:16px 0 8px;font-size:16px;line-height:1.4",
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding:0 0 0 24px",
    "ol": "margin:0 0 16px;padding:0 0 0 28px",
    "li": "margin:0 0 6px",
    "blockquote": "margin:0 0 16px;padding:0 0 0 16px;border-left:4px solid #8a96a3",
    "pre": f"margin:0 0 16px;padding:12px;border:{_LINE};border-radius:6px;white-space:pre-wrap",
    "code": _CODE,
    "hr": f"margin:24px 0;border:0;border-top:{_LINE}",
    "table": f"border-collapse:collapse;font:16px/1.5 {_FONT}",
    "th": f"{_CELL};font-weight:600",
    "td": _CELL,
}
# The sanitiser writes all of these without attributes.
_OPENINGS = re.compile(rf"<({'|'.join(_STYLES)})>")
# The answers to a survey's first question: easy to hit, and beside each other where there is room.
_BUTTON = (
    "display:inline-block;margin:0 8px 8px 0;padding:10px 14px;border:1px solid #8a96a3;"
    "border-radius:6px;text-decoration:none"
)
_TO_ANSWER = rf'href="{re.escape(merging.FIELDS["feedback_url"])}\?'
_ANSWER = re.compile(rf"<a (?={_TO_ANSWER})")
_BETWEEN = re.compile(rf"(</a>)<br\s*/?>(?=\s*<a [^>]*{_TO_ANSWER})")


def styled(html: str) -> str:
    """Sanitised HTML with its looks; wide tables scroll in a box of their own."""
    html = _OPENINGS.sub(lambda found: f'<{found[1]} style="{_STYLES[found[1]]}">', html)
    html = _BETWEEN.sub(r"\1", _ANSWER.sub(f'<a style="{_BUTTON}" ', html))
    return html.replace("<table", '<div style="overflow-x:auto;margin:0 0 16px"><table').replace(
        "</table>", "</table></div>"
    )
