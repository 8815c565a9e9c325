"""Which image of a contrast mammogram a file is, by a table of rules with their evidence."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.terms import Energy
from vcem.dicom.scan import Header

ATTRIBUTES = {
    "AcquisitionDeviceProcessingCode": "processing_code",
    "SeriesDescription": "series_description",
    "Manufacturer": "manufacturer",
}
IMAGE_TYPE = "ImageType"
FIRST_FREE = 3  # values 1 and 2 of Image Type say nothing of energies
TABLE = resources.files("vcem.dicom") / "vendors.toml"


@dataclass(frozen=True)
class Rule:
    """One row of the table; its fields are explained there."""

    image: Energy
    order: int
    attribute: str
    evidence: str
    values: tuple[str, ...] = ()
    pattern: str = ""
    position: int | None = None
    maker: str = ""
    single_source: bool = False


@dataclass(frozen=True)
class Decision:
    """What a file is, None for UNKNOWN, and what in its header says so."""

    image: Energy | None
    why: str


def read_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """Read the rules that come with the program and, where given, a table that adds to them.

    A table that says `alone = true` stands in their place.

    Raises:
        UsageError: if it cannot be read or a rule is wrong.
    """
    own, _ = _read(TABLE, TABLE.name)
    if path is None:
        return own
    added, alone = _read(path, str(path))
    return added if alone else own + added


def _read(table: Traversable | Path, name: str) -> tuple[tuple[Rule, ...], bool]:
    try:
        content = tomllib.loads(table.read_text(encoding="utf-8"))
        if other := sorted(set(content) - {"rule", "alone"}):
            raise ValueError(f"unknown field {other[0]!r}")
        return tuple(_rule(row) for row in content["rule"]), bool(content.get("alone"))
    except OSError as error:
        raise UsageError(f"Rules {name} cannot be read: {error.strerror or error}.", "a TOML file") from error
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise UsageError(
            f"Rules {name}: {error}.",
            f"[[rule]] tables with image, order, attribute, evidence, and values or pattern; "
            f"attributes {', '.join([IMAGE_TYPE, *ATTRIBUTES])}",
            "start from a copy of vendors.toml",
        ) from error


def decide(header: Header, rules: Iterable[Rule]) -> Decision:
    """Say which image a file is: UNKNOWN if no rule speaks, or if rules of one order disagree."""
    speaking = [(rule, found) for rule in rules if (found := _found(rule, header))]
    if not speaking:
        return Decision(None, f"no rule knows Image Type {_shown(header)} of {header.manufacturer or 'no maker'}")
    first = min(rule.order for rule, _ in speaking)
    heard = [(rule, found) for rule, found in speaking if rule.order == first]
    images = {rule.image for rule, _ in heard}
    if len(images) > 1:
        told = "; ".join(f"{rule.image} by {rule.attribute} {found}" for rule, found in heard)
        return Decision(None, f"rules disagree: {told}")
    rule, found = heard[0]
    alone = " (single source)" if rule.single_source else ""
    return Decision(rule.image, f"{rule.attribute} {found}: {rule.evidence}{alone}")


def _rule(row: dict[str, Any]) -> Rule:
    unknown = set(row) - {f.name for f in fields(Rule)}
    if unknown:
        raise ValueError(f"unknown field {min(unknown)!r}")
    if not isinstance(row.get("order"), int):
        raise TypeError(f"order {row.get('order')!r} is not a whole number")
    rule = Rule(**{**row, "image": Energy(row["image"]), "values": tuple(row.get("values", ()))})
    if rule.attribute not in (IMAGE_TYPE, *ATTRIBUTES):
        raise ValueError(f"unknown attribute {rule.attribute!r}")
    if bool(rule.values) == bool(rule.pattern):
        raise ValueError(f"the rule on {rule.attribute} needs values or a pattern, not both")
    re.compile(rule.pattern)
    return rule


def _found(rule: Rule, header: Header) -> str:
    """Return the value that the rule speaks of, empty if it does not apply."""
    if rule.maker.lower() not in header.manufacturer.lower():
        return ""
    return next((value for value in _candidates(rule, header) if _fits(rule, value)), "")


def _candidates(rule: Rule, header: Header) -> tuple[str, ...]:
    if rule.attribute != IMAGE_TYPE:
        return (getattr(header, ATTRIBUTES[rule.attribute]),)
    start = (rule.position or FIRST_FREE) - 1
    return header.image_type[start : start + 1 if rule.position else None]


def _fits(rule: Rule, value: str) -> bool:
    if rule.pattern:
        return re.fullmatch(rule.pattern, value, re.IGNORECASE) is not None
    return value.upper() in rule.values


def _shown(header: Header) -> str:
    return "\\".join(header.image_type) or "(none)"
