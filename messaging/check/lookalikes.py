"""Letters of other alphabets that readers take for ours: with one of them in it, a name
looks as it did.

For comparing alone: what is sent stays as it was written.
"""

_CYRILLIC = {
    "A": "А", "a": "а", "B": "В", "b": "вЬь", "C": "С", "c": "с", "d": "ԁ", "E": "ЕЁ", "e": "её",
    "G": "Ԍ", "H": "НҺ", "h": "нһ", "I": "ІЇӀ", "i": "ії", "J": "Ј", "j": "ј", "K": "КҚ", "k": "кқ",
    "l": "ӏ", "M": "М", "m": "м", "O": "О", "o": "о", "P": "Р", "p": "р", "Q": "Ԛ", "q": "ԛ",
    "S": "Ѕ", "s": "ѕ", "T": "Т", "t": "т", "V": "Ѵ", "v": "ѵ", "W": "Ԝ", "w": "ԝ", "X": "Х",
    "x": "х", "Y": "УҮ", "y": "уү",
}  # fmt: skip
_GREEK = {
    "A": "Α", "a": "α", "B": "Β", "E": "Ε", "e": "ε", "Z": "Ζ", "H": "Η", "I": "Ι", "i": "ι",
    "K": "Κ", "k": "κ", "M": "Μ", "N": "Ν", "v": "ν", "O": "Ο", "o": "ο", "P": "Ρ", "p": "ρ",
    "T": "Τ", "t": "τ", "u": "υ", "Y": "Υ", "X": "Χ", "x": "χ", "n": "η",
}  # fmt: skip
# Armenian, and rare letters of our own alphabet; the full stop of Chinese addresses.
_OTHERS = {
    **{"o": "օ", "n": "ո", "u": "ս", "h": "հ", "g": "ցɡ", "q": "զ", "i": "ı", "a": "ɑ"},
    ".": "。",
}

ALIKE = str.maketrans(
    {
        other: ours
        for table in (_CYRILLIC, _GREEK, _OTHERS)
        for ours, others in table.items()
        for other in others
    }
)
