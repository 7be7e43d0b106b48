"""Components as a file names them: by their slugs, or by their names."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from audiences.folding import folded

_BETWEEN = re.compile(r"[,;|\n]")


class ComponentNames:
    """What words mean, by the slugs of components with their names."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._exact = {slug: {slug} for slug in known}
        self._slugs: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, set[str]] = defaultdict(set)
        for slug, name in known.items():
            self._slugs[folded(slug)].add(slug)
            self._names[folded(name)].add(slug)
        # Into so many pieces the longest name would be cut.
        self._most = 1 + max((len(_BETWEEN.findall(name)) for name in known.values()), default=0)

    def meant(self, word: str) -> set[str]:
        """The slugs of what is so called: none, one, or several by the same name."""
        key = folded(word)
        return self._exact.get(word) or self._slugs.get(key) or self._names.get(key, set())

    def read(self, cell: str) -> Iterator[tuple[str, set[str]]]:
        """What stands in a cell, one by one, with what each means; a name may hold a comma."""
        ends = [found.start() for found in _BETWEEN.finditer(cell)] + [len(cell)]
        at, start = 0, 0
        while at < len(ends):
            for last in range(min(at + self._most, len(ends)) - 1, at - 1, -1):
                word = cell[start : ends[last]].strip()
                meant = self.meant(word)
                if meant or last == at:
                    break
            if word:
                yield word, meant
            at, start = last + 1, ends[last] + 1
