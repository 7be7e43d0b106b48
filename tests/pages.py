"""What a browser would send of a page's form, untouched."""

from html.parser import HTMLParser


def form_on(page: str) -> dict[str, list[str]]:
    """The fields of the longest form of a page, as they stand there."""
    reader = _Reader()
    reader.feed(page)
    return max(reader.forms, key=len)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.select = self.textarea = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and said.get("type") not in ("submit", "file", "button"):
            if said.get("type") not in ("checkbox", "radio") or "checked" in said:
                self._add(
                    said.get("name", ""),
                    said.get("value", "on" if said.get("type") == "checkbox" else ""),
                )
        elif tag == "select":
            self.select = said.get("name", "")
        elif tag == "option" and "selected" in said:
            self._add(self.select, said.get("value", ""))
        elif tag == "textarea":
            self.textarea, self.text = said.get("name", ""), ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._add(self.textarea, self.text.removeprefix("\n"))

    def _add(self, name: str, value: str) -> None:
        if name and self.forms:
            self.forms[-1].setdefault(name, []).append(value)
