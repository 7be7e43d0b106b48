"""Freeze one broadcast for very many people in a database of its own; the last line says how.

python -m benchmarks.engine.freeze PEOPLE
"""

import json
import sys

from django.core.management import call_command

from benchmarks import freezing


def main(people: int) -> None:
    call_command("migrate", verbosity=0)
    figures = freezing.measure(people)
    told = {
        "rows": figures.rows,
        "seconds": figures.seconds,
        "last_to_first": figures.last_to_first,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
