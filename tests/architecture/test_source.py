import ast
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.template import engines
from importlinter.cli import lint_imports

from tests.architecture import tree

# The rows are the queue: a broker message that waits is a message that gets lost.
FORBIDDEN_ARGUMENTS = {"eta", "countdown"}
FORBIDDEN_METHODS = {"retry"}


@pytest.mark.slow(reason="builds the graph of all imports")
def test_apps_import_only_what_lies_below_them(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    # It would switch every logger off for the tests that follow.
    monkeypatch.setattr("importlinter.cli.logging_config.dictConfig", lambda config: None)
    with caplog.at_level(logging.WARNING, logger="grimp"):
        assert lint_imports(no_logo=True) == 0


def test_the_migrations_know_every_model(db: None):
    output = StringIO()

    call_command("makemigrations", "--check", "--dry-run", stdout=output)

    assert output.getvalue() == "No changes detected\n"


def _templates() -> list[str]:
    roots = [tree.ROOT / "templates", *(tree.ROOT / app / "templates" for app in tree.APPS)]
    return [
        path.relative_to(root).as_posix()
        for root in roots
        if root.is_dir()
        for path in tree.files(root)
    ]


@pytest.mark.parametrize("name", _templates())
def test_every_template_compiles(name: str):
    assert engines["django"].get_template(name)


def _late_messages(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield from ({word.arg or "" for word in node.keywords} & FORBIDDEN_ARGUMENTS)
            if isinstance(node.func, ast.Attribute):
                yield from {node.func.attr} & FORBIDDEN_METHODS


def test_no_task_waits_in_the_broker():
    late = {str(path): list(_late_messages(text)) for path, text in tree.sources()}

    assert {path: words for path, words in late.items() if words} == {}


def test_a_task_that_would_wait_in_the_broker_is_found():
    assert list(_late_messages("tick.apply_async(countdown=5)")) == ["countdown"]
    assert list(_late_messages("self.retry()")) == ["retry"]
