"""A broker without a server: kombu's filesystem transport, where messages appear whole."""

import os
import uuid
from pathlib import Path
from time import monotonic_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    # The library's two base classes disagree on a parameter's name.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write aside, then rename: otherwise a reader may take a message that is still empty."""
        folder = Path(self.data_folder_out)
        name = uuid.uuid4().hex
        aside = folder / f".{name}"
        aside.write_text(dumps(payload))
        os.replace(aside, folder / f"{monotonic_ns() // 1_000_000}_{name}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel
