"""The one door for work done side by side: `each(unit, items)`."""

from vcem.engine.each import Failed, How, Outcome, each, noted, refuse, refuse_failed

__all__ = ["Failed", "How", "Outcome", "each", "noted", "refuse", "refuse_failed"]
