"""Common names, and numbers and domains that belong to nobody."""

from collections.abc import Iterator
from random import Random

FIRST = {
    "de": (
        *("Anna", "Bernd", "Carla", "Dirk", "Elif", "Frieda", "Georg", "Heike", "Ingo", "Jana"),
        *("Karin", "Lars", "Miriam", "Nils", "Olga", "Paul", "Renate", "Sabine", "Thomas", "Uwe"),
        *("Vera", "Walter", "Yasemin", "Zeynep", "Jürgen", "Björn", "Käthe", "Mehmet"),
    ),
    "en": (
        *("Alice", "Brian", "Chloe", "Daniel", "Emma", "Frank", "Grace", "Harry", "Imogen", "Jack"),
        *("Kate", "Liam", "Megan", "Noah", "Olivia", "Peter", "Rachel", "Samuel", "Tara", "Victor"),
        *("Wendy", "Aisha", "Priya", "Kwame", "Siobhan", "Zoë"),
    ),
}
LAST = {
    "de": (
        *("Albrecht", "Bauer", "Conrad", "Demir", "Engel", "Fischer", "Günther", "Hoffmann"),
        *("Jansen", "Köhler", "Lehmann", "Möller", "Neumann", "Otto", "Pohl", "Richter"),
        *("Schäfer", "Thiel", "Ulrich", "Vogel", "Weiß", "Yilmaz", "Ziegler", "Krüger"),
    ),
    "en": (
        *("Adams", "Bennett", "Clarke", "Davies", "Evans", "Foster", "Graham", "Hughes"),
        *("Irving", "Jenkins", "Knight", "Lawson", "Mitchell", "Norris", "O'Connor", "Parker"),
        *("Quinn", "Reynolds", "Shaw", "Turner", "Underwood", "Walsh", "Young", "Patel"),
    ),
}
_COMPANY = {
    "de": (
        ("Nord", "Elb", "Linden", "Kiefern", "Wald", "Hafen", "Berg", "Sonnen", "Mühlen", "Rosen"),
        (
            "hof Versand",
            "tal Handel",
            "garten Bedarf",
            "werk Logistik",
            "mann Technik",
            "feld Buch",
        ),
        ("GmbH", "KG", "AG", "e. K."),
    ),
    "en": (
        ("Oak", "River", "Stone", "Maple", "North", "Silver", "Harbour", "Meadow", "Fox", "Bridge"),
        ("field Supplies", "gate Parcels", "wood Trading", "ton Books", "well Goods", "ley Home"),
        ("Ltd", "plc", "Inc.", "LLP"),
    ),
}
CITIES = {
    "de": {
        "Leipzig": "Europe/Berlin",
        "Hamburg": "Europe/Berlin",
        "München": "Europe/Berlin",
        "Wien": "Europe/Vienna",
        "Zürich": "Europe/Zurich",
    },
    "en": {
        "London": "Europe/London",
        "Leeds": "Europe/London",
        "Dublin": "Europe/Dublin",
        "Boston": "America/New_York",
        "Chicago": "America/Chicago",
    },
}
# Bundesnetzagentur: Berlin, Hamburg, Köln, München, Frankfurt; Ofcom: London, Leeds.
_DESKS = {
    "de": ("493023125", "494066969", "492214710", "498999998", "496990009"),
    "en": ("442079460", "441134960"),
}
_PLAIN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ë": "e", "'": "", ".": "", " ": "-"}
)


def plain(name: str) -> str:
    """A name as a part of an address: “Jürgen O'Neil” → juergen-oneil."""
    return name.lower().translate(_PLAIN).strip("-")


def companies(language: str, chance: Random) -> Iterator[str]:
    """Every invented company name once, in the order of chance."""
    starts, ends, forms = _COMPANY[language]
    every = [f"{start}{end} {form}" for form in forms for start in starts for end in ends]
    return iter(chance.sample(every, len(every)))


# These are the staff's own, and no customer's.
STAFF = tuple(f"+49176040690{n}" for n in range(90, 100))


def mobiles(language: str, chance: Random) -> Iterator[str]:
    """Mobile numbers of the ranges that regulators keep for films: each of them once."""
    if language == "de":
        # Bundesnetzagentur: 0171 39200xx and 0176 040690xx.
        every = [f"+49{start}{n:02d}" for start in ("17139200", "176040690") for n in range(100)]
    else:
        # Ofcom: 07700 900xxx; North America: 555-0100 to 555-0199 of any area.
        every = [f"+447700900{n:03d}" for n in range(1000)]
        every += [f"+1{area}55501{n:02d}" for area in (212, 312, 617) for n in range(100)]
    return (number for number in chance.sample(every, len(every)) if number not in STAFF)


def landlines(language: str, chance: Random) -> Iterator[str]:
    """Numbers on a desk, reserved in the same way."""
    every = [f"+{start}{n:03d}" for start in _DESKS[language] for n in range(1000)]
    return iter(chance.sample(every, len(every)))
