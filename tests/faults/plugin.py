"""The options of fault runs, and the table at their end."""

from dataclasses import dataclass

import pytest

from tests.faults.oracle import Verdict

SHORT_SEED = 1
_HEAD = (
    f"{'scenario':<34}{'seed':>7}{'sent':>9}{'lost':>6}{'repeated':>14}"
    f"{'unexp.':>8}{'mismatch':>10}{'s':>7}"
)


@dataclass(frozen=True)
class Line:
    scenario: str
    seed: int
    channel: str
    verdict: Verdict
    bound: int
    seconds: float

    def __str__(self) -> str:
        verdict = self.verdict
        return (
            f"{f'{self.scenario[:26]} {self.channel}':<34}{self.seed:>7}{verdict.sent:>9,}"
            f"{len(verdict.lost):>6}{f'{verdict.repeats} (≤{self.bound})':>14}"
            f"{len(verdict.unexpected):>8}{len(verdict.mismatched):>10}{self.seconds:>7.1f}"
        )


lines = pytest.StashKey[list[Line]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--full", action="store_true", help="fault runs at full size, all of them")
    group.addoption("--seed", type=int, default=SHORT_SEED, help="what fault runs choose by")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[lines] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--full"):
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if found := config.stash[lines]:
        terminalreporter.section("under faults")
        terminalreporter.write_line(_HEAD)
        for line in found:
            terminalreporter.write_line(str(line))
