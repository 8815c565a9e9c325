from gateways import until
from vcem.core.errors import FailureError
from vcem.gateway.audit import Audit
from vcem.gateway.loops import Loop


class Once:
    """Fails as long as it is said to; `gone` is set when it was at work."""

    name = "once"

    def __init__(self):
        self.error, self.steps = None, 0

    def step(self):
        self.steps += 1
        if self.error:
            raise self.error
        return False


def test_a_step_that_fails_is_noted_and_done_again(tmp_path):
    worker = Once()
    loop = Loop(worker, Audit(tmp_path))
    worker.error = FailureError("the model is gone.", "one")
    loop.start()
    until(lambda: loop.fault == "the model is gone.")
    worker.error = ZeroDivisionError("Smith^Anna")
    until(lambda: loop.fault.startswith("ZeroDivisionError in step"))
    assert "Smith" not in loop.fault, "words of a fault may hold data"
    worker.error = None
    until(lambda: loop.fault == "")
    assert loop.alive
    loop.ask_to_stop()
    loop.join()
    assert not loop.alive


def test_a_loop_that_is_not_started_is_not_alive(tmp_path):
    loop = Loop(Once(), Audit(tmp_path))
    assert not loop.alive
    loop.join()
