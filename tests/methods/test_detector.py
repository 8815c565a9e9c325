import pytest
import torch

from vcem.core.seeds import seed_for
from vcem.folders.prepared import UNKNOWN
from vcem.methods.detector import SOUGHT, Detector, DetectorRecipe
from vcem.methods.method import Batch
from vcem.methods.optimiser import Adam
from vcem.nets.resunet import ResUNetShape
from vcem.train.step import Stepper


@pytest.fixture
def detector():
    torch.manual_seed(seed_for(0, "detector"))
    return Detector(DetectorRecipe("detector", adam=Adam(1e-2, 0.9), net=ResUNetShape(4, 2, 1)), (16, 16))


@pytest.fixture
def seen(batch):
    return Batch(batch.y, batch.y, batch.mask, {SOUGHT: (batch.extra["lesion"] > 0).float()})


def loss_of(detector, batch):
    ((whose, loss),) = detector.turns(batch)
    assert whose == "s"
    return loss["finding"]


def test_it_learns_to_find(detector, seen):
    stepper = Stepper(detector, torch.device("cpu"))
    first, *_, last = [stepper.take(seen)["s.finding"] for _ in range(25)]
    assert last < first / 2
    detector.nets.eval()
    with torch.no_grad():
        found = detector.predict(seen.x, seen.mask)
    lesion = seen.extra[SOUGHT] > 0
    assert found[lesion].mean() > 2 * found[(seen.mask > 0) & ~lesion].mean()
    assert not found[seen.mask == 0].any()


def test_what_nobody_can_judge_teaches_nothing(detector, seen):
    """Whatever lies on unclear pixels, the loss is the same; an image that is all unclear has no gradient."""
    unclear = seen.extra[SOUGHT].clone()
    unclear[1] = UNKNOWN
    one, other = (Batch(x, x, seen.mask, {SOUGHT: unclear}) for x in (seen.x, seen.x.clone()))
    other.x[1] = 1 - other.x[1]
    assert torch.equal(loss_of(detector, one), loss_of(detector, other))
    nothing = Batch(seen.x, seen.y, seen.mask, {SOUGHT: torch.full_like(unclear, UNKNOWN)})
    loss_of(detector, nothing).backward()
    assert all(p.grad is None or not p.grad.any() for p in detector.nets.parameters())


def test_the_map_does_not_depend_on_side_or_company(detector, seen):
    detector.nets.eval()
    with torch.no_grad():
        found = detector.predict(seen.x, seen.mask)
        mirrored = detector.predict(seen.x.flip(3), seen.mask.flip(3)).flip(3)
        alone = torch.cat([detector.predict(x[None], m[None]) for x, m in zip(seen.x, seen.mask, strict=True)])
    torch.testing.assert_close(mirrored, found)
    torch.testing.assert_close(alone, found)
