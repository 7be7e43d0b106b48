"""One sender per channel and process; whoever comes meanwhile makes it look once more."""

import threading
from dataclasses import dataclass, field


@dataclass
class Desk:
    lock: threading.Lock = field(default_factory=threading.Lock)
    called: dict[str, bool] = field(default_factory=dict)

    def enter(self, channel: str) -> bool:
        with self.lock:
            is_first = channel not in self.called
            self.called[channel] = not is_first
            return is_first

    def leave(self, channel: str) -> bool:
        """False when somebody has called meanwhile."""
        with self.lock:
            if self.called[channel]:
                self.called[channel] = False
                return False
            del self.called[channel]
            return True

    def abandon(self, channel: str) -> None:
        with self.lock:
            self.called.pop(channel, None)
