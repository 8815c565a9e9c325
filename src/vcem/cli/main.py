"""The command `vcem`: finds the verb, runs it, turns errors into one message and an exit code.

Each verb is a module with `run(words) -> int`; it is imported only when called, so that `vcem --help` loads no torch.
"""

import codecs
import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from vcem import __version__
from vcem.core.called import calling
from vcem.core.errors import UsageError
from vcem.core.foreign import message_of
from vcem.core.threads import sleep_while_waiting
from vcem.engine import noted, refuse, returning

VERBS: dict[str, tuple[str, str]] = {
    "new": ("new", "a folder to begin a study in: commands in order, recipes, a README for the plan"),
    "simulate": ("simulate", "make virtual women with contrast mammograms and the exact iodine beside them"),
    "import": ("import_", "read an archive of CESM pairs into a catalogue, LE and DES registered"),
    "deidentify": ("deidentify", "take the patient out of mammograms, by PS3.15, and search for what is left"),
    "release": ("release", "a data set fit for release: tidy images, tables, check sums, licence, citation"),
    "describe": ("describe", "print and write Table 2.1 of a catalogue"),
    "prepare": ("prepare", "decode a catalogue once, to what a network sees"),
    "split": ("split", "make folds and the report of what they leak"),
    "methods": ("methods", "list the methods, their networks and parameter counts"),
    "models": ("models", "list the models that come with the program"),
    "train": ("train", "train recipes on folds; the same command resumes"),
    "crossval": ("crossval", "train, predict and score all folds of all recipes; the same command resumes"),
    "predict": ("predict", "make virtual DES images of a run's test pairs"),
    "export": ("export", "write the model of a finished run as a folder: weights or ONNX, recipe and model card"),
    "enhance": ("enhance", "draw virtual DES images from low-energy DICOM images, for research only"),
    "recombine": ("recombine", "make DES images out of raw low- and high-energy exposures in DICOM"),
    "look": ("look", "a contact sheet of a study: LE, DES and virtual DES side by side"),
    "score": ("score", "score predictions inside image, breast and lesion, beside trivial references"),
    "validate": ("validate", "score runs on data of another hospital, machine or cohort"),
    "calibrate": ("calibrate", "intervals around virtual DES images by validation patients, and what they cover"),
    "detect": ("detect", "what virtual DES adds: detectors of lesions on LE, real DES and virtual DES"),
    "compare": ("compare", "score any two images"),
    "report": ("report", "one page of tables and pictures out of scored runs"),
    "track": ("track", "what runs have logged, for TensorBoard or an MLflow server"),
    "gateway": ("gateway", "a service beside a PACS: LE images in, virtual DES images back, for research only"),
    "study": ("study", "blinded reader studies: new, serve, verify, analyse; MRMC statistics"),
    "completion": ("completion", "a script by which bash, zsh or fish completes these words at the Tab key"),
    "doctor": ("doctor", "what of this machine vcem can use: packages, extras, devices, compressions, disk"),
}


def entry() -> None:
    """Run the command of this process and exit with its code; its reader may leave early, as `head` does."""
    sleep_while_waiting()
    _speak_everywhere()
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to say goes nowhere
        code = 128 + signal.SIGPIPE
    sys.exit(code)


def _speak_everywhere() -> None:
    """Print what a terminal cannot show as an escape, and UTF-8 where it claims to know nothing but ASCII."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            ascii_only = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="utf-8" if ascii_only else None, errors="backslashreplace")


def main(words: Sequence[str]) -> int:
    """Run one command.

    Returns:
        0 for success, 1 for failure, 2 for wrong use.
    """
    try:
        with calling(), returning(), noted() as failed:
            code = dispatch(list(words))
        refuse(failed, len(failed), "units")  # those that a verb could do without
        return code
    except Exception as error:
        message = message_of(error)
        if message is None:
            raise  # a fault of the program: its traceback is what mends it
        print(f"vcem: {message}", file=sys.stderr)  # noqa: T201 (the command's own voice)
        return message.exit_code
    except KeyboardInterrupt:
        print("vcem: stopped; the same command goes on from here", file=sys.stderr)  # noqa: T201
        return 130


def dispatch(words: list[str]) -> int:
    """Run the verb that the first word names."""
    if not words or words[0] in ("-h", "--help"):
        print(_help())  # noqa: T201
        return 0 if words else 2
    if words[0] == "--version":
        print(f"vcem {__version__}")  # noqa: T201
        return 0
    if words[0] not in VERBS:
        raise UsageError(f"There is no verb {words[0]!r}.", f"one of {', '.join(VERBS)}", "see vcem --help")
    module = import_module(f"vcem.cli.{VERBS[words[0]][0]}")
    code: int = module.run(words[1:])
    return code


def _help() -> str:
    verbs = "\n".join(f"  {verb:12}{what}" for verb, (_, what) in VERBS.items())
    return f"usage: vcem VERB ...\n\n{verbs}\n\nvcem VERB --help says more about each verb."


if __name__ == "__main__":  # torchrun -m vcem.cli.main
    entry()
