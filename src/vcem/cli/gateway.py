"""`vcem gateway VERB`: the service beside a PACS; each verb is a module of its own, imported when called."""

from vcem.cli.words import run_one_of

VERBS: dict[str, tuple[str, str, str]] = {
    "run": ("gateway_run", "run", "take in LE images, draw, send virtual DES images back, until it is stopped"),
    "check": ("gateway_check", "run", "try the model, the disk and every destination once"),
    "queue": ("gateway_queue", "run", "list what waits, failed or was given up, with the reason"),
    "retry": ("gateway_queue", "run_retry", "put what failed or was given up into the queue again"),
    "drop": ("gateway_queue", "run_drop", "forget images or results"),
}


def run(words: list[str]) -> int:
    """Run a verb of a gateway."""
    return run_one_of("gateway", VERBS, words)
