"""Keeps the suite quick: slow tests say why, browser tests run last."""

from collections.abc import Generator

import pytest

LIMIT_SECONDS = 1.0
_slow_without_reason = pytest.StashKey[list[tuple[float, str]]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_slow_without_reason] = []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marker = item.get_closest_marker("slow")
        if marker and not marker.kwargs.get("reason"):
            raise pytest.UsageError(f'{item.nodeid}: write @pytest.mark.slow(reason="…")')
    # Once a browser has run, Django's guard against the ORM in event loops is off.
    items.sort(key=lambda item: "playwright" in getattr(item, "fixturenames", ()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    is_slow = call.when == "call" and call.duration > LIMIT_SECONDS
    if is_slow and not item.get_closest_marker("slow"):
        item.config.stash[_slow_without_reason].append((call.duration, item.nodeid))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if slow := sorted(config.stash[_slow_without_reason], reverse=True):
        terminalreporter.section(f"over {LIMIT_SECONDS:.0f} s without the slow marker")
        for seconds, nodeid in slow:
            terminalreporter.write_line(f"{seconds:6.2f} s  {nodeid}")
