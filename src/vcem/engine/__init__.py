"""The one door for work done side by side: `each(unit, items)`."""

from vcem.engine.each import Failed, How, Outcome, each, elsewhere, go, noted, refuse, refuse_failed, returning

__all__ = ["Failed", "How", "Outcome", "each", "elsewhere", "go", "noted", "refuse", "refuse_failed", "returning"]
