"""Who somebody reaches at the moment a message goes out, looked up once a minute."""

import time

from django.utils import timezone

from audiences.services import reaching, support
from audiences.services.support import Way

MINUTE_SECONDS = 60


class Reception:
    """Knows the ways to reach us as they were read last, and what they mean this minute."""

    def __init__(self) -> None:
        self._minute = -1
        self._ways: list[Way] = []
        self._said: dict[tuple[int | None, str, str], str] = {}

    def words(self, *, segment: int | None, language: str, zone: str = "") -> str:
        """How somebody of a segment can reach us now, in whole sentences; "" if in no way."""
        minute = int(time.time() // MINUTE_SECONDS)
        if minute != self._minute:
            self._ways, self._said, self._minute = support.read(), {}, minute
        said = self._said.get((segment, language, zone))
        if said is None:
            said = self._said[segment, language, zone] = self._look(segment, language, zone)
        return said

    def _look(self, segment: int | None, language: str, zone: str) -> str:
        segments = () if segment is None else (segment,)
        found = support.at(ways=self._ways, now=timezone.now(), segments=segments)
        return reaching.sentence(found, language, zone=zone)
