"""What happened, as JSON lines: one file a day, UIDs and titles but no name, number or date of a patient."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

FOLDER = "audit"


class Audit:
    """An open log. `totals` counts events and their outcomes since the start, `draw_seconds` sums up drawing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self.totals: Counter[tuple[str, str]] = Counter()
        self.draw_seconds = 0.0

    def __call__(self, event: str, seconds: float = 0.0, **facts: object) -> None:
        """Add a line; a full disk does not stop the work that it speaks of."""
        now = datetime.now(UTC)
        took = {"seconds": round(seconds, 3)} if seconds else {}
        line = {"at": now.isoformat(timespec="milliseconds"), "event": event, **took, **facts}
        with self._lock:
            self.totals[event, str(facts.get("status") or facts.get("state") or "")] += 1
            self.draw_seconds += seconds
            try:
                with (self._folder / f"{now:%Y-%m-%d}.jsonl").open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
            except OSError:
                return
