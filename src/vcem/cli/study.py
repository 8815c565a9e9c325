"""`vcem study VERB`: reader studies; each verb is a module of its own, imported when called."""

from vcem.cli.words import run_one_of

VERBS: dict[str, tuple[str, str, str]] = {
    "new": ("study_new", "run", "draw cases and orders of a design, make the pictures, seal the truth"),
    "serve": ("study_serve", "run", "let the readers read, in a browser"),
    "password": ("study_password", "run", "give a reader a password, asked for at the prompt"),
    "verify": ("study_verify", "run", "check that nobody changed the protocol, the pictures or an answer"),
    "analyse": ("study_analyse", "run", "open the truth and report what the readers saw"),
    "mrmc": ("study_mrmc", "run", "compare readers' ROC areas between treatments; power and sample size"),
}


def run(words: list[str]) -> int:
    """Run a verb of a reader study."""
    return run_one_of("study", VERBS, words)
