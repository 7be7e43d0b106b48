"""What SpamAssassin says of every shipped text: `python -m benchmarks.mails`.

It needs `spamassassin` (on Debian: apt-get install spamassassin), and asks its local rules alone,
nothing on the network. A mail fails with more than one point, or with any rule about its MIME, its
HTML or what is missing in it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.engine.mails import Shipped, shipped

MOST_POINTS = 1.0
_FAULTS = re.compile(r"(?:MIME|HTML|MISSING)_")
# HTML_MESSAGE says no more than that there is HTML.
_NO_FAULT = {"HTML_MESSAGE"}
_STATUS = re.compile(
    r"^X-Spam-Status: \w+, score=(-?[\d.]+) .*?tests=(.*?)\s+autolearn", re.S | re.M
)


@dataclass(frozen=True)
class Verdict:
    name: str
    points: float
    rules: list[str]
    size: int

    @property
    def is_fine(self) -> bool:
        faults = [one for one in self.rules if _FAULTS.match(one) and one not in _NO_FAULT]
        return self.points <= MOST_POINTS and not faults


def judge(mail: Shipped) -> Verdict:
    raw = mail.raw
    said = subprocess.run(
        ["spamassassin", "--local"], input=raw, capture_output=True, check=True, timeout=120
    ).stdout.decode(errors="replace")
    found = _STATUS.search(said)
    if not found:
        raise ValueError(f"SpamAssassin did not judge {mail.name}.")
    return Verdict(mail.name, float(found[1]), re.split(r",\s*", found[2]), len(raw))


def main() -> int:
    if not shutil.which("spamassassin"):
        sys.exit("There is no spamassassin here. On Debian: apt-get install spamassassin")
    mails = list(shipped())
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        verdicts = list(threads.map(judge, mails))
    wrong = [one for one in verdicts if not one.is_fine]
    for one in wrong:
        print(f"{one.name}: {one.points} points, {', '.join(one.rules)}")
    rules = Counter(rule for one in verdicts for rule in one.rules)
    print("Rules:", ", ".join(f"{rule} {count}" for rule, count in rules.most_common()))
    worst = max(one.points for one in verdicts)
    largest = max(one.size for one in verdicts) / 1000
    print(f"{len(verdicts)} mails, at most {worst} points and {largest:.1f} kB, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
