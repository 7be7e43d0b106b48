"""How well-known companies do it: figures counted from their public status pages.

Each counts what was posted there, by the same rules as our own: minutes from one post to the next
of the same incident, incidents with more than an hour between two of them, posts that name a time
for the next one. How long customers had noticed something before the first post is only known
where the company itself wrote down when it began. Only the figures are kept, no words of theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Company:
    """`since` and `until` are the first and the last incident that were counted."""

    name: str
    page: str
    since: date
    until: date
    incidents: int
    updates: int
    between: timedelta
    over_an_hour_percent: float
    next_named_percent: float
    duration: timedelta
    first_notice_after_start: timedelta | None = None


def _minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


COMPANIES: Sequence[Company] = (
    Company(
        name="GitHub",
        page="https://www.githubstatus.com",
        since=date(2022, 3, 24),
        until=date(2026, 8, 20),
        incidents=801,
        updates=4514,
        between=_minutes(14),
        over_an_hour_percent=22.0,
        next_named_percent=1.5,
        duration=_minutes(67.5),
        first_notice_after_start=_minutes(40.5),
    ),
    Company(
        name="OpenAI",
        page="https://status.openai.com",
        since=date(2021, 2, 9),
        until=date(2024, 8, 28),
        incidents=365,
        updates=1211,
        between=_minutes(29),
        over_an_hour_percent=42.2,
        next_named_percent=0.0,
        duration=_minutes(77),
    ),
    Company(
        name="Anthropic",
        page="https://status.anthropic.com",
        since=date(2023, 3, 16),
        until=date(2024, 8, 30),
        incidents=141,
        updates=402,
        between=_minutes(21),
        over_an_hour_percent=35.1,
        next_named_percent=0.0,
        duration=_minutes(55),
    ),
    Company(
        name="Character.AI",
        page="https://status.character.ai",
        since=date(2023, 10, 24),
        until=date(2024, 8, 17),
        incidents=36,
        updates=108,
        between=_minutes(23),
        over_an_hour_percent=47.2,
        next_named_percent=0.0,
        duration=_minutes(59.5),
    ),
    Company(
        name="Google Cloud",
        page="https://status.cloud.google.com",
        since=date(2021, 7, 7),
        until=date(2022, 7, 1),
        incidents=157,
        updates=770,
        between=_minutes(58.8),
        over_an_hour_percent=77.4,
        next_named_percent=60.1,
        duration=_minutes(80.1),
        first_notice_after_start=_minutes(65.8),
    ),
    Company(
        name="Amazon Web Services",
        page="https://health.aws.amazon.com",
        since=date(2018, 5, 10),
        until=date(2022, 4, 19),
        incidents=483,
        updates=1650,
        between=_minutes(44),
        over_an_hour_percent=44.7,
        next_named_percent=0.2,
        duration=_minutes(83),
    ),
)

# All six taken together, each post and each incident counting once.
TOGETHER = Company(
    name="",
    page="",
    since=date(2018, 5, 10),
    until=date(2026, 8, 20),
    incidents=1983,
    updates=8655,
    between=_minutes(25),
    over_an_hour_percent=37.0,
    next_named_percent=6.2,
    duration=_minutes(72),
    first_notice_after_start=_minutes(50),
)
