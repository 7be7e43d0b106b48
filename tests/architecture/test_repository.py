import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement

from tests.architecture import tree

# Put together here, so that this file does not find itself.
REGISTRIES = [
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
    )
]
OUTSIDE = ["/".join(("..", "shared")), "/".join(("", "work", "")), "/".join(("", "root", ""))]

PIN = re.compile(r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==\S+( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
FOREIGN_ASSET = re.compile(r"<(script|link|img|iframe)\b[^>]*(src|href)=[\"'](https?:)?//", re.I)


@pytest.mark.parametrize("words", [REGISTRIES, OUTSIDE], ids=["a registry", "another folder"])
def test_no_file_names_a_place_outside_the_project(words: list[str]):
    found = [(str(path), word) for path, text in tree.texts() for word in words if word in text]

    assert found == []


def test_pages_load_nothing_from_elsewhere():
    pages = [(path, text) for path, text in tree.texts() if path.suffix in {".html", ".css"}]

    assert pages
    assert [str(path) for path, text in pages if FOREIGN_ASSET.search(text)] == []


@pytest.mark.parametrize("name", ["base", "dev", "uv"])
def test_requirements_are_pins_with_hashes_and_nothing_else(name: str):
    lines = (tree.ROOT / "requirements" / f"{name}.txt").read_text().splitlines()

    assert len(lines) > 1
    assert [line for line in lines if not PIN.fullmatch(line) and not HASH.fullmatch(line)] == []


def _declared() -> Iterator[tuple[str, Requirement]]:
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text())
    for line in project["project"]["dependencies"]:
        yield "base", Requirement(line)
    for line in project["dependency-groups"]["dev"]:
        yield "dev", Requirement(line)


def _pins(name: str) -> dict[str, str]:
    text = (tree.ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize(("group", "requirement"), list(_declared()), ids=str)
def test_what_is_declared_is_pinned(group: str, requirement: Requirement):
    for name in {group, "dev"}:
        assert requirement.specifier.contains(_pins(name)[requirement.name])


def test_the_tools_need_what_the_product_runs_on():
    assert _pins("base").items() <= _pins("dev").items()


def test_every_dependency_says_why():
    text = (tree.ROOT / "pyproject.toml").read_text()
    lines = re.findall(r'^  "[a-z][^"]*[<>=][^"]*".*$', text, re.MULTILINE)

    assert len(lines) == len(list(_declared()))
    assert [line for line in lines if not re.search(r'",\s+# \w', line)] == []
