"""In which forms a name, a number or a date may be written: what the search of a release looks for."""

import re
import unicodedata
from datetime import date

ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be", "shift_jis", "gb18030", "euc_kr", "cp1251", "iso8859-7")
# told in the manifest, so that nobody takes the search for more than it is
FORMS = (
    "in any case, with and without accents, in nine character encodings",
    "reversed, with bytes swapped, as base64 and as hexadecimal",
    "names in all their parts, whole ones in either order; those of two and three letters as words",
    "digits of numbers of people within other numbers",
    "dates as day, month and year in three orders, with or without separators, with years of two and four digits, with "
    "names of months in five languages",
    "UIDs",
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})
_MONTHS = (
    "jan|ene|gen", "feb|fev|fév", "mar|mär|mrz", "apr|abr|avr", "may|mai|mag", "jun|jui|giu", "jul|juil|lug",
    "aug|ago|aou|aoû", "sep|set", "oct|okt|ott|out", "nov", "dec|dez|dic|déc",
)  # fmt: skip
_BETWEEN = r"[ ./,_\\-]{1,3}"


def spellings(text: str) -> list[str]:
    """Return the spellings of a text: small, without accents, with German digraphs, in capitals."""
    small = text.lower()
    plain = "".join(c for c in unicodedata.normalize("NFKD", small) if not unicodedata.combining(c))
    odd = () if small.isascii() else (small.upper(), plain, small.translate(_UMLAUTS))
    return list(dict.fromkeys((small, *odd)))


def encoded(text: str) -> list[bytes]:
    """Return the spellings of a text as bytes in all encodings, with ASCII letters small."""
    forms = (s.encode(encoding, "ignore").lower() for s in spellings(text) for encoding in ENCODINGS)
    return list(dict.fromkeys(form for form in forms if len(form) >= len(text) > 0))


def whole_names(parts: list[str]) -> list[str]:
    """Return a name of several parts in small letters as it may be written: either order, with or without a space."""
    ordered = (parts, parts[::-1])
    return list(dict.fromkeys(between.join(p).lower() for p in ordered for between in (" ", "")))


def in_digits(day: date) -> re.Pattern[str]:
    """Return what finds a date of eight digits, in any order of its parts."""
    orders = (f"{day:%d%m%Y}", f"{day:%m%d%Y}")
    return re.compile(rf"(?<!\d)(?:{day:%Y%m%d}|(?:{'|'.join(orders)})(?!\d))")


def in_few_digits(day: date) -> re.Pattern[str]:
    """Return what finds a date of six digits; times of day look the same, so it is for texts only."""
    return re.compile(rf"(?<!\d)(?:{day:%y%m%d}|{day:%d%m%y}|{day:%m%d%y})(?!\d)")


def in_parts(day: date) -> re.Pattern[str]:
    """Return what finds a date whose parts are set apart, or whose month has a name."""
    d, m, y = rf"0?{day.day}", rf"0?{day.month}", rf"(?:{day:%Y}|'?{day:%y})"
    name = rf"(?:{_MONTHS[day.month - 1]})[a-zéûä]*\.?"
    some, any_ = _BETWEEN, r"[ ./,_\\-]{0,3}"
    orders = (
        f"{d}{some}{m}{some}{y}", f"{m}{some}{d}{some}{y}", f"{y}{some}{m}{some}{d}",
        rf"{d}(?:st|nd|rd|th)?{any_}(?:of |de )?{name}{any_}(?:de )?{y}", rf"{name}{any_}{d}(?:st|nd|rd|th)?{any_}{y}",
        f"{y}{any_}{name}{any_}{d}",
    )  # fmt: skip
    return re.compile(rf"(?<![\d.])(?:{'|'.join(orders)})(?!\.?\d)", re.IGNORECASE)
