"""`vcem study VERB`: reader studies; each verb is a module of its own, imported when called."""

from importlib import import_module

from vcem.cli.words import say
from vcem.core.errors import UsageError

VERBS: dict[str, tuple[str, str]] = {
    "new": ("study_new", "draw cases and orders of a design, make the pictures, seal the truth"),
    "serve": ("study_serve", "let the readers read, in a browser"),
    "password": ("study_password", "give a reader a password, asked for at the prompt"),
    "verify": ("study_verify", "check that nobody changed the protocol, the pictures or an answer"),
    "analyse": ("study_analyse", "open the truth and report what the readers saw"),
    "mrmc": ("study_mrmc", "compare readers' ROC areas between treatments; power and sample size"),
}


def run(words: list[str]) -> int:
    """Run a verb of a reader study."""
    if not words or words[0] in ("-h", "--help"):
        say(_help())
        return 0 if words else 2
    if words[0] not in VERBS:
        raise UsageError(
            f"There is no verb {words[0]!r} of a study.", f"one of {', '.join(VERBS)}", "vcem study --help"
        )
    code: int = import_module(f"vcem.cli.{VERBS[words[0]][0]}").run(words[1:])
    return code


def _help() -> str:
    verbs = "\n".join(f"  {verb:12}{what}" for verb, (_, what) in VERBS.items())
    return f"usage: vcem study VERB ...\n\n{verbs}\n\nvcem study VERB --help says more about each verb."
