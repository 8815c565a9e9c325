import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.metrics.table import Area
from vcem.report.compare import (
    MOST_PAIRED,
    Block,
    Outcome,
    against_references,
    beats_all,
    compare,
    draw,
    image_block,
    lesion_block,
    pairings,
)
from vcem.report.quantities import quantities

BREAST = quantities(Area.BREAST, ["mse_breast", "psnr_breast", "ssim_breast", "vif_breast"])
MSE, SSIM = quantities(Area.WHOLE, ["mse", "ssim"])


def block(shift, patients=20, quantity=SSIM):
    """A method and a reference on two images per patient, `shift` apart."""
    rng = rng_for(0, "block")
    base = rng.normal(0.5, 0.1, 2 * patients)
    cube = np.stack([base + shift + rng.normal(0, 0.01, base.size), base])[:, :, None]
    return Block(("pix2pix", "reference-le"), (quantity,), np.arange(2 * patients) // 2, cube)


@pytest.fixture(scope="module")
def draws():
    return draw(20, 1, seed=0)


def test_learned_methods_meet_every_reference_and_each_other_once():
    found = pairings(["a", "b", "reference-x", "reference-y"])
    assert found == [("a", "reference-x"), ("a", "reference-y"), ("b", "reference-x"), ("b", "reference-y"), ("a", "b")]


@pytest.mark.parametrize(
    ("shift", "quantity", "outcome"),
    [
        (0.05, SSIM, Outcome.BETTER),
        (-0.05, SSIM, Outcome.WORSE),
        (0.05, MSE, Outcome.WORSE),
        (-0.05, MSE, Outcome.BETTER),
        (0.0, SSIM, Outcome.NO_BETTER),
    ],
)
def test_outcome_follows_the_way_that_is_better(draws, shift, quantity, outcome):
    found = compare([block(shift, quantity=quantity)], draws)[0]
    assert found.outcome is outcome
    assert found.difference.estimate == pytest.approx(shift, abs=0.01)
    assert found.difference.low < found.difference.estimate < found.difference.high
    assert (found.images, found.patients) == (40, 20)


def test_too_few_patients_are_told_apart_from_no_difference():
    found = compare([block(0.5, patients=5)], draw(5, 1, seed=0))[0]
    assert found.outcome is Outcome.TOO_FEW
    assert compare([block(0.5, patients=6)], draw(6, 1, seed=0))[0].outcome is Outcome.BETTER


def test_holm_counts_the_whole_family(draws):
    alone = compare([block(0.05)], draws)[0]
    family = compare([block(0.05), *[block(0.0)] * 9], draws)
    assert family[0].p == alone.p
    assert family[0].family == 10
    assert family[0].p_holm == pytest.approx(10 * alone.p)


def test_only_images_that_both_have_are_compared(draws):
    b = block(0.05)
    b.cube[0, :30] = np.nan
    found = compare([b], draws)[0]
    assert (found.images, found.patients) == (10, 5)


def test_a_quantity_nobody_has_gives_no_verdict(draws):
    b = block(0.05)
    b.cube[:] = np.nan
    found = compare([b], draws)
    assert against_references(found, "pix2pix", SSIM) == {}
    assert not beats_all(found, "pix2pix", SSIM)


def test_draws_are_many_enough_for_holm_and_the_same_again():
    assert draw(3, 10, seed=0).resamples == 10_000
    many = draw(3, 200, seed=0)
    assert many.resamples == 20_000
    assert np.array_equal(many.weights, draw(3, 200, seed=0).weights)
    assert not np.array_equal(many.weights, draw(3, 200, seed=1).weights)


def test_blocks_of_a_study_hold_the_scores(study):
    found = image_block(study.scores, BREAST)
    assert np.array_equal(found.cube[2, :, 1], study.scores.of("cyclegan", "psnr_breast"))
    errors = lesion_block(study.lesions).cube[:, :, 0]
    assert np.array_equal(errors, np.abs(study.lesions.predicted - study.lesions.truth))


def test_the_study_ends_as_it_was_made(study):
    family = study.families["inside the breast"]
    assert all(beats_all(family, "autoencoder", q) for q in BREAST)
    assert against_references(family, "pix2pix", BREAST[0]) == {
        "reference-le": Outcome.BETTER,
        "reference-mask-mean": Outcome.BETTER,
        "reference-mean-des": Outcome.NO_BETTER,
    }
    assert against_references(family, "cyclegan", BREAST[0])["reference-mean-des"] is Outcome.WORSE


def test_of_many_methods_each_is_compared_with_the_references_alone():
    few, many = ([f"m{k}" for k in range(n)] for n in (MOST_PAIRED, MOST_PAIRED + 1))
    assert len(pairings([*few, "reference-le"])) == MOST_PAIRED * (MOST_PAIRED - 1) // 2 + MOST_PAIRED
    assert pairings([*many, "reference-le"]) == [(m, "reference-le") for m in many]
