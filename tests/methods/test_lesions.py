import numpy as np
import pytest
import torch

from vcem.core.errors import UsageError
from vcem.folders.prepared import UNKNOWN
from vcem.methods.lesions import contrast_error, contrasts, finding, known, look_error, outlined, verdict_error
from vcem.methods.method import Batch
from vcem.metrics.lesion import measure_lesions


@pytest.fixture
def scene():
    """Two images: three lesions, one of them too small to measure; nobody outlined the second."""
    rng = np.random.default_rng(0)
    y, y_hat = rng.random((2, 1, 2, 40, 40), dtype=np.float32).swapaxes(1, 2)
    labels, mask = np.zeros((2, 1, 40, 40), np.float32), np.ones((2, 1, 40, 40), np.float32)
    labels[0, 0, 4:12, 5:14], labels[0, 0, 12:20, 10:16], labels[0, 0, 30:32, 30:32] = 1, 2, 3
    labels[1] = UNKNOWN
    mask[:, :, :, 36:] = 0
    return y, y_hat, labels, mask


def test_contrast_is_that_of_the_score(scene):
    y, y_hat, labels, mask = scene
    scored = measure_lesions(y[0, 0], y_hat[0, 0], mask[0, 0] > 0, labels[0, 0].astype(np.uint8))
    expected = np.mean([(s.contrast_pred - s.contrast_truth) ** 2 for s in scored if s.measurable])
    assert [s.measurable for s in scored] == [True, True, False]
    assert float(contrast_error(*map(torch.tensor, (y_hat - y, labels, mask)))) == pytest.approx(expected, rel=1e-4)


def test_the_verdict_is_the_drawn_contrast(scene):
    """Two lesions, the first enhances by far and the second not at all; both are drawn at chosen contrasts."""
    y, _, labels, mask = map(torch.tensor, scene)
    y = torch.where(labels == 1, 0.9, 0.4)
    for first, second in ((0.075, 0.075), (0.275, 0.075), (0.275, -0.125)):
        y_hat = 0.4 + first * (labels == 1) + second * (labels == 2)
        chances = [torch.sigmoid(torch.tensor((c - 0.075) / 0.1)) for c in (first, second)]
        _, drawn = contrasts(y, y_hat, labels, mask)
        torch.testing.assert_close(drawn, torch.tensor([first, second]))
        expected = -(chances[0].log() + (1 - chances[1]).log()) / 2
        torch.testing.assert_close(verdict_error(y, y_hat, labels, mask, 0.075, 0.1), expected, rtol=1e-3, atol=1e-3)


def test_a_faint_lesion_is_judged_neither_way(scene):
    _, y_hat, labels, mask = map(torch.tensor, scene)
    for contrast, judged in ((0.02, True), (0.05, False), (0.08, True)):
        y = 0.4 + contrast * (labels == 1) + contrast * (labels == 2)
        assert (verdict_error(y, y_hat, labels, mask, 0.075, 0.1) != 0) == judged


def test_the_verdict_of_a_look_asks_for_its_log_odds_and_for_nothing_where_nobody_can_judge(scene):
    _, _, labels, mask = map(torch.tensor, scene)
    y_hat = 0.4 + 0.275 * (labels == 1) - 0.025 * (labels == 2)
    chances, odds = 0.8 * (labels == 1) + 0.3 * (labels == 2), torch.tensor([2.0, -1.0])
    asked = torch.tensor([0.8, 0.3])
    expected = -(asked * torch.sigmoid(odds).log() + (1 - asked) * torch.sigmoid(-odds).log())
    for seen, wanted in ((chances, expected.mean()), (chances * (labels == 1), expected[0]), (0 * chances, 0)):
        found = look_error(seen, y_hat, labels, mask, 0.075, 0.1)
        torch.testing.assert_close(found, torch.as_tensor(wanted, dtype=torch.float32), rtol=1e-3, atol=1e-3)


def test_a_verdict_pulls_at_lesions_and_their_rings_only(scene):
    y, y_hat, labels, mask = map(torch.tensor, scene)
    y_hat.requires_grad_()
    verdict_error(y, y_hat, labels, mask, 0.075, 0.1).backward()
    assert (y_hat.grad[0, 0, 4:20, 5:14] != 0).any()
    assert not y_hat.grad[0, 0, 34:].any()
    assert not y_hat.grad[1].any()


def test_what_nobody_outlined_counts_nowhere(scene):
    y, y_hat, labels, mask = map(torch.tensor, scene)
    assert known(labels).flatten().tolist() == [1, 0]
    assert outlined(labels).sum((1, 2, 3)).tolist() == [8 * 9 + 8 * 6 + 4, 0]
    assert contrast_error(y_hat[1:] - y[1:], labels[1:], mask[1:]) == 0
    assert verdict_error(y[1:], y_hat[1:], labels[1:], mask[1:], 0.075, 0.1) == 0


def test_finding_is_low_for_the_right_map_and_not_for_the_empty_one():
    lesions, mask = torch.zeros(2, 1, 8, 8), torch.ones(2, 1, 8, 8)
    lesions[0, :, 2:5, 2:5] = 1
    right, nothing = (lesions - 0.5) * 40, torch.full_like(lesions, -20.0)
    assert finding(right, lesions, mask) < 1e-3
    assert finding(nothing, lesions, mask) > 0.8
    assert finding(nothing[1:], lesions[1:], mask[1:]) < 1e-3, "an image without lesions asks for an empty map"


@pytest.mark.parametrize("kind", ["pix2pix", "cyclegan", "cyclegan-resunet"])
def test_copies_of_the_l1_terms_leave_an_image_alone_that_nobody_outlined(kind, method_of, batch):
    made = method_of(kind, lambda_lesion=1.0)
    made.nets.eval()
    batch.extra["lesion"][1:] = UNKNOWN
    one = Batch(batch.x[:1], batch.y[:1], batch.mask[:1], {"lesion": batch.extra["lesion"][:1]})
    of_all, of_one = (dict(made.turns(b))["g"]["lesion"] for b in (batch, one))
    assert of_one > 0
    torch.testing.assert_close(3 * of_all, of_one, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["pix2pix", "cyclegan"])
def test_without_a_weight_nothing_but_the_pair_is_asked_for(kind, method_of, batch):
    plain, none = method_of(kind), method_of(kind, lambda_lesion=0.0)
    assert plain.recipe.channels == none.recipe.channels == ()
    found = [dict(made.turns(Batch(batch.x, batch.y, batch.mask)))["g"] for made in (plain, none)]
    assert list(found[0]) == list(found[1])
    assert "lesion" not in found[0]


@pytest.mark.parametrize("kind", ["pix2pix", "cyclegan"])
def test_a_negative_weight_is_refused(kind, method_of):
    with pytest.raises(UsageError, match="lambda_lesion"):
        method_of(kind, lambda_lesion=-1.0)
