"""Whether a module can be imported must not depend on who came first."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.architecture import tree


def test_no_module_needs_itself():
    modules = {name(path): path for path in tree.files() if path.suffix == ".py"}
    graph = {one: set(imported(path, modules)) - {one} for one, path in modules.items()}

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from error


def name(path: Path) -> str:
    return ".".join(path.relative_to(tree.ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                full = f"{node.module}.{each.name}"
                yield full if full in modules else node.module
