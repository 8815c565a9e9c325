"""`vcem gateway VERB`: the service beside a PACS; each verb is a module of its own, imported when called."""

from importlib import import_module

from vcem.cli.words import say
from vcem.core.errors import UsageError

VERBS: dict[str, tuple[str, str, str]] = {
    "run": ("gateway_run", "run", "take in LE images, draw, send virtual DES images back, until it is stopped"),
    "check": ("gateway_check", "run", "try the model, the disk and every destination once"),
    "queue": ("gateway_queue", "run", "list what waits, failed or was given up, with the reason"),
    "retry": ("gateway_queue", "run_retry", "put what failed or was given up into the queue again"),
    "drop": ("gateway_queue", "run_drop", "forget images or results"),
}


def run(words: list[str]) -> int:
    """Run a verb of a gateway."""
    if not words or words[0] in ("-h", "--help"):
        say(_help())
        return 0 if words else 2
    if words[0] not in VERBS:
        raise UsageError(
            f"There is no verb {words[0]!r} of a gateway.", f"one of {', '.join(VERBS)}", "vcem gateway --help"
        )
    module, function, _ = VERBS[words[0]]
    code: int = getattr(import_module(f"vcem.cli.{module}"), function)(words[1:])
    return code


def _help() -> str:
    verbs = "\n".join(f"  {verb:12}{what}" for verb, (_, _, what) in VERBS.items())
    return f"usage: vcem gateway VERB ...\n\n{verbs}\n\nvcem gateway VERB --help tells more about each verb."
