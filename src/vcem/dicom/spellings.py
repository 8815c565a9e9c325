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
    "digits of numbers of people, from five on, and other numbers of seven and more, within other numbers, times, and "
    "several values",
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
    digraphs = small.translate(_UMLAUTS)
    odd = () if small.isascii() else (small.upper(), _plain(small), digraphs, _plain(digraphs))
    return list(dict.fromkeys((small, *odd)))


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def encoded(text: str) -> list[bytes]:
    """Return the spellings of a text as bytes in all encodings, with ASCII letters small."""
    forms = (s.encode(encoding, "ignore").lower() for s in spellings(text) for encoding in ENCODINGS)
    return list(dict.fromkeys(form for form in forms if len(form) >= len(text) > 0))


def whole_names(parts: list[str]) -> list[str]:
    """Return a name of several parts in small letters as it may be written.

    In either order, with or without a space and accents; of three parts and more, the first with each other one too.
    """
    pairs = [[parts[0], other] for other in parts[2:]] if len(parts) > 2 else []
    several = [parts, *pairs, *([parts[:2]] if pairs else [])]
    ordered = [way for some in several for way in (some, some[::-1])]
    forms = (between.join(way) for way in ordered for between in (" ", ""))
    return list(dict.fromkeys(small.lower() for form in forms for small in spellings(form)))


def in_digits(day: date) -> re.Pattern[str]:
    """Return what finds a date of eight digits, in any order of its parts."""
    orders = (f"{day:%d%m%Y}", f"{day:%m%d%Y}")
    return re.compile(rf"(?<!\d)(?:{day:%Y%m%d}|(?:{'|'.join(orders)})(?!\d))")


def in_few_digits(day: date) -> re.Pattern[str]:
    """Return what finds a date of fewer than eight digits; times of day look the same, so it is for texts only."""
    y, m, d = f"{day:%Y}", day.month, day.day
    short = f"{y}{m}{d}|{d}{m}{y}|{m}{d}{y}"  # where neither day nor month has a 0 in front
    return re.compile(rf"(?<!\d)(?:{day:%y%m%d}|{day:%d%m%y}|{day:%m%d%y}|{short})(?!\d)")


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


_NAMED = re.compile("|".join(f"(?P<m{n}>{names})" for n, names in enumerate(_MONTHS, 1)), re.IGNORECASE)
_GLUED = re.compile(rf"(?<=\d)(?:{'|'.join(_MONTHS)})[a-zéûä]*(?=\d)", re.IGNORECASE)
_PART = rf"\d{{1,4}}|(?:{'|'.join(_MONTHS)})[a-zéûä]*\.?"
_BETWEEN_PARTS = r"(?:st|nd|rd|th)?(?:[ ./,_\\-]{1,3}(?:of |de )?)"
_ANY_DAY = re.compile(rf"(?<![\w.])({_PART}){_BETWEEN_PARTS}({_PART}){_BETWEEN_PARTS}({_PART})(?!\.?\d)", re.IGNORECASE)


def dates_in(text: str) -> set[date]:
    """Return every day, with a year of four digits, that a text may mean, whatever the order of its parts."""
    apart = _GLUED.sub(r" \g<0> ", text)  # 05APR1967
    parts = [[_number(part) for part in found] for found in _ANY_DAY.findall(apart)]
    for digits in re.findall(r"(?<!\d)\d{8}(?!\d)", text):
        whole = int(digits[:2]), int(digits[2:4]), int(digits[4:])
        parts += [[int(digits[:4]), int(digits[4:6]), int(digits[6:])], [*whole]]
    orders = ((y, m, d) for a, b, c in parts for y, m, d in ((a, b, c), (c, b, a), (c, a, b), (a, c, b)))
    return {day for y, m, d in orders if y > 31 and (day := _day(y, m, d))}


def _number(part: str) -> int:
    named = _NAMED.match(part)
    return int(str(named.lastgroup)[1:]) if named else int(part)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
