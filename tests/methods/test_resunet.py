import pytest
import torch

from vcem.core.errors import UsageError
from vcem.folders.prepared import UNKNOWN
from vcem.methods.lesions import outlined
from vcem.train.step import Stepper

ALL = {"lambda_features": 0.5, "segmentor_steps": 2}


def steps(made, batch, number):
    stepper = Stepper(made, torch.device("cpu"))
    return [stepper.take(batch) for _ in range(number)]


def test_the_segmentor_learns_from_real_des_and_is_frozen_before_its_features_count(method_of, batch):
    made = method_of("resunet", **ALL)
    seen = []
    made.nets["S"].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    terms = steps(made, batch, 2)
    assert all(list(t) == ["g.distance", "g.contrast", "g.head", "s.finding"] for t in terms)
    assert all(sorted(y.unique().tolist()) == sorted((batch.y * batch.mask).unique().tolist()) for y in seen)
    frozen = {name: weight.clone() for name, weight in made.nets["S"].state_dict().items()}
    (last,) = steps(made, batch, 1)
    assert list(last) == ["g.distance", "g.contrast", "g.head", "g.features"]
    torch.testing.assert_close(dict(made.nets["S"].state_dict()), frozen, rtol=0, atol=0)


def test_lesion_terms_leave_an_image_alone_that_nobody_outlined(method_of, batch):
    made = method_of("resunet")
    batch.extra["lesion"][:] = UNKNOWN
    ((_, loss),) = made.turns(batch)
    plain = method_of("resunet", lesion_weight=1.0)
    ((_, other),) = plain.turns(batch)
    assert loss["contrast"] == 0
    torch.testing.assert_close(loss["distance"], other["distance"])


def test_a_lesions_pixels_weigh_more(method_of, batch):
    """With the mean drawn everywhere, the distance is a weighted mean of known numbers."""
    made, weight = method_of("resunet", lesion_weight=10.0), 1 + 9 * outlined(batch.extra["lesion"])
    made.begin(0.25)
    ((_, loss),) = made.turns(batch)
    weights = weight * batch.mask
    apart = ((batch.y - 0.25).abs() * weights).sum((1, 2, 3)) / weights.sum((1, 2, 3))
    assert outlined(batch.extra["lesion"]).any()
    torch.testing.assert_close(loss["distance"], apart.mean())


def test_without_lesion_terms_nothing_but_the_pair_is_asked_for(method_of):
    made = method_of("resunet", lesion_weight=1.0, lambda_contrast=0.0, lambda_head=0.0)
    assert made.recipe.channels == ()
    assert list(made.nets) == ["G"]


def test_a_prediction_does_not_depend_on_side_or_company(method_of, batch):
    made = method_of("resunet")
    steps(made, batch, 3)
    made.nets.eval()
    with torch.no_grad():
        y_hat = made.predict(batch.x, batch.mask)
        mirrored = made.predict(batch.x.flip(3), batch.mask.flip(3)).flip(3)
        alone = torch.cat([made.predict(x[None], m[None]) for x, m in zip(batch.x, batch.mask, strict=True)])
    assert y_hat[batch.mask > 0].std() > 0
    torch.testing.assert_close(mirrored, y_hat)
    torch.testing.assert_close(alone, y_hat)


@pytest.mark.parametrize(("field", "value"), [("masked", False), ("lambda_head", -1.0)])
def test_impossible_fields_are_refused(method_of, field, value):
    with pytest.raises(UsageError, match=r"air|0 or more"):
        method_of("resunet", **{field: value})
