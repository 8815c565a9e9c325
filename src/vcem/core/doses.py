"""Doses of the contrast agent in whole percent of the full one, and the names of the images taken at them."""

from collections.abc import Iterable

from vcem.core.errors import UsageError

FULL = 100


def channels_of(dose: int) -> tuple[str, str]:
    """Return the names of LE and DES of an exam at this dose: `le_10` and `des_10`."""
    return f"le_{dose}", f"des_{dose}"


def doses_of(text: str) -> tuple[int, ...]:
    """Return the doses of a list such as `0,5,10`, in its order.

    Raises:
        UsageError: if one is not a whole number from 0 to 100, or is there twice.
    """
    try:
        return checked(int(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"{text!r} is not a list of doses.", "whole percents with commas, as 0,5,10,25") from error


def checked(doses: Iterable[int]) -> tuple[int, ...]:
    """Return the doses as they are.

    Raises:
        UsageError: if one is not from 0 to 100, or is there twice.
    """
    found = tuple(doses)
    if wrong := [dose for dose in found if not 0 <= dose <= FULL]:
        raise UsageError(f"A dose of {wrong[0]} % is impossible.", f"0 to {FULL} % of the full dose")
    if twice := [dose for dose in found if found.count(dose) > 1]:
        raise UsageError(f"The dose of {twice[0]} % is there twice.", "each dose once")
    return found
