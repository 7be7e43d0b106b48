"""What SpamAssassin says of every shipped text: `python -m benchmarks.mails`.

It needs `spamassassin` (on Debian: apt-get install spamassassin), and asks its local rules alone,
nothing on the network. A mail fails with more than one point, or with any rule about its MIME, its
HTML or what is missing in it.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.engine.mails import Shipped, shipped

MOST_POINTS = 1.0
_FAULTS = re.compile(r"(?:MIME|HTML|MISSING)_")
# What a mailbox has between its mails.
_FROM = b"From us@localhost Thu Jan  1 00:00:00 1970\n"
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


def judge(mails: Sequence[Shipped]) -> list[Verdict]:
    """All in one mailbox: the program takes longer to start than to judge."""
    box = b"".join(_FROM + mail.raw.replace(b"\r\n", b"\n") + b"\n" for mail in mails)
    said = subprocess.run(
        ["spamassassin", "--local", "--mbox"], input=box, capture_output=True, check=True
    ).stdout.decode(errors="replace")
    found = _STATUS.findall(said)
    return [
        Verdict(mail.name, float(points), re.split(r",\s*", rules), len(mail.raw))
        for mail, (points, rules) in zip(mails, found, strict=True)
    ]


def main() -> int:
    if not shutil.which("spamassassin"):
        sys.exit("There is no spamassassin here. On Debian: apt-get install spamassassin")
    verdicts = judge(list(shipped()))
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
