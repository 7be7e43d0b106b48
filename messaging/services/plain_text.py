"""Markdown as plain text that reads well: a mail's first part, and what a text message takes."""

from collections.abc import Sequence

from markdown_it.token import Token

from messaging.services import markdown

# Wider tables are written row by row, as most programs break longer lines.
_WIDEST = 72


def to_text(source: str) -> str:
    """Paragraphs, dashes for lists, ">" for quotes, tables in columns, links written out.

    Lines are as long as they are: a program that breaks them leaves addresses whole.
    """
    writer = _PlainText()
    for token in markdown.parsed(source):
        write = getattr(writer, token.type, None)
        if write:
            write(token)
    return "\n".join(writer.lines).strip("\n") + "\n"


class _Around:
    """What stands before each line of a quote or an item; a bullet only before the first."""

    def __init__(self, first: str, rest: str) -> None:
        self.first, self.rest = first, rest

    def take(self) -> str:
        first, self.first = self.first, self.rest
        return first


class _PlainText:
    """One method per kind of Markdown token that leaves something to read."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.around: list[_Around] = []
        self.lists: list[int] = []  # 0 for bullets, otherwise the next number
        self.rows: list[list[str]] = []
        self.is_table = self.has_gap = False

    def bullet_list_open(self, token: Token) -> None:
        self.lists.append(0)

    def ordered_list_open(self, token: Token) -> None:
        self.lists.append(int(token.attrGet("start") or 1))

    def bullet_list_close(self, token: Token) -> None:
        self.lists.pop()
        self.has_gap = self.has_gap or not self.lists

    ordered_list_close = bullet_list_close

    def list_item_open(self, token: Token) -> None:
        number = self.lists[-1]
        bullet = f"{number}. " if number else "- "
        self.lists[-1] += bool(number)
        self.around.append(_Around(bullet, " " * len(bullet)))

    def list_item_close(self, token: Token) -> None:
        self.around.pop()

    def blockquote_open(self, token: Token) -> None:
        self._close_gap()
        self.around.append(_Around("> ", "> "))

    def blockquote_close(self, token: Token) -> None:
        self.around.pop()
        self.has_gap = True

    def inline(self, token: Token) -> None:
        text = _inline(token.children or [])
        if self.is_table:
            self.rows[-1].append(" ".join(text.split()))
        else:
            self._write(text.split("\n"))

    def paragraph_close(self, token: Token) -> None:
        # The paragraphs of a list without empty lines are hidden.
        self.has_gap = not token.hidden

    heading_close = paragraph_close

    def fence(self, token: Token) -> None:
        self._write([f"    {line}" for line in token.content.splitlines()])
        self.has_gap = True

    code_block = fence

    def hr(self, token: Token) -> None:
        self._write(["----"])
        self.has_gap = True

    def table_open(self, token: Token) -> None:
        self.is_table, self.rows = True, []

    def tr_open(self, token: Token) -> None:
        self.rows.append([])

    def table_close(self, token: Token) -> None:
        self.is_table = False
        self._write(_table(self.rows))
        self.has_gap = True

    def _write(self, lines: Sequence[str]) -> None:
        self._close_gap()
        for line in lines:
            self.lines.append(("".join(level.take() for level in self.around) + line).rstrip())

    def _close_gap(self) -> None:
        """An empty line between two blocks, inside a quote as well."""
        if self.has_gap:
            begun = [level.rest for level in self.around if level.first == level.rest]
            self.lines.append("".join(begun).rstrip())
        self.has_gap = False


def _table(rows: list[list[str]]) -> list[str]:
    """In columns where they fit on a line, else each row as "heading: value"."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * len(widths) - 2 > _WIDEST:
        return _row_by_row(rows)
    head, *body = rows
    ruled = [head, ["-" * width for width in widths], *body]
    return ["  ".join(map(str.ljust, row, widths)) for row in ruled]


def _row_by_row(rows: list[list[str]]) -> list[str]:
    head, *body = rows
    lines: list[str] = []
    for row in body:
        cells = [(name, cell) for name, cell in zip(head, row, strict=True) if cell]
        lines += [f"{name}: {cell}" if name else cell for name, cell in cells]
        lines.append("")
    return lines[:-1]


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "image":
                parts.append(token.content)
            case "link_open":
                links.append((str(token.attrGet("href") or ""), len(parts)))
            case "link_close":
                address, start = links.pop()
                parts.append(_written_out("".join(parts[start:]), address))
    return "".join(parts)


def _written_out(label: str, address: str) -> str:
    """What is to be added to a link's words: nothing where they say the address."""
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    if label in (address, bare):
        return ""
    return f": {bare}" if label else bare
