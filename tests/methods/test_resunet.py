import pytest
import torch

from vcem.core.errors import UsageError
from vcem.folders.prepared import UNKNOWN
from vcem.methods.lesions import contrasts, outlined
from vcem.methods.method import Batch
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


def test_the_feature_terms_gradient_reaches_the_generator_and_not_the_segmentor(method_of, batch):
    made = method_of("resunet", **ALL, distance='"mse"')
    steps(made, batch, 3)
    made.nets.zero_grad()
    ((_, loss),) = made.turns(batch)
    loss["features"].backward()
    assert any(p.grad is not None and p.grad.any() for p in made.nets["G"].parameters())
    assert all(p.grad is None for p in made.nets["S"].parameters())
    assert all(p.requires_grad for p in made.nets["S"].parameters())


def test_the_feature_term_is_nothing_for_the_real_des_and_grows_with_what_differs(method_of, batch):
    made = method_of("resunet", **ALL)
    with torch.no_grad():
        near, far = (made.segmentor.distance(batch.y, batch.y + k * batch.x, batch.mask) for k in (0.2, 0.8))
        assert made.segmentor.distance(batch.y, batch.y, batch.mask) == 0
    assert 0 < near < far


@pytest.mark.parametrize(("distance", "of"), [("l1", lambda d: d.abs()), ("mse", lambda d: d.square())])
def test_the_distance_is_what_it_is_called(method_of, batch, distance, of):
    made = method_of("resunet", lesion_weight=1.0, distance=f'"{distance}"')
    made.begin(0.25)
    ((_, loss),) = made.turns(batch)
    each = (of(batch.y - 0.25) * batch.mask).sum((1, 2, 3)) / batch.mask.sum((1, 2, 3))
    torch.testing.assert_close(loss["distance"], each.mean())


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


def test_parts_around_lesions_train_it_as_whole_images_do(method_of, batch):
    made = method_of("resunet", crop=8, lambda_verdict=1.0, lesion_weight=0.0)
    looked_at = []
    made.generator.stem.register_forward_pre_hook(lambda _, given: looked_at.append(given[0].shape))
    terms = steps(made, batch, 2)
    assert all(list(t) == ["g.distance", "g.contrast", "g.verdict", "g.head"] for t in terms)
    assert looked_at == [(3, 3, 8, 8)] * 2


def test_a_verdict_makes_lesions_that_enhance_brighter_than_others(method_of):
    """LE shows a square in every image, brighter where DES does; nothing but the verdict asks for it."""
    made = method_of("resunet", lambda_verdict=1.0, lesion_weight=0.0, lambda_contrast=0.0, lambda_head=0.0)
    mask, enhances = torch.ones(3, 1, 32, 32), torch.tensor([0.0, 1.0, 0.0])[:, None, None, None]
    labels = torch.zeros_like(mask)
    labels[:, :, 10:20, 8:18] = 1
    x, y = 0.3 + labels * (0.1 + 0.4 * enhances), 0.3 + 0.3 * labels * enhances
    terms = [t["g.verdict"] for t in steps(made, Batch(x, y, mask, {"lesion": labels}), 60)]
    assert terms[-1] < 0.5 * terms[0]
    made.nets.eval()
    with torch.no_grad():
        _, drawn = contrasts(y, made.predict(x, mask), labels, mask)
    assert drawn[1] > 0.075 > max(drawn[0], drawn[2])


@pytest.mark.parametrize(("judged", "lambda_head"), [(False, 0.0), (True, 1.0)])
def test_a_verdict_by_look_learns_a_chance_that_des_does_not_show(method_of, judged, lambda_head):
    made = method_of(
        "resunet", lambda_verdict=1.0, verdict_by='"look"', lesion_weight=0.0, lambda_contrast=0.0,
        lambda_head=lambda_head, generator=f"{{width = 4, levels = 2, blocks = 1, judged = {str(judged).lower()}}}",
    )  # fmt: skip
    assert list(made.nets) == ["G"]
    assert made.recipe.extra == ("lesion", "chance")
    mask, likely = torch.ones(2, 1, 32, 32), torch.tensor([1.0, 0.0])[:, None, None, None]
    labels = torch.zeros_like(mask)
    labels[:, :, 10:20, 8:18] = 1
    x, y, chances = 0.3 + labels * (0.1 + 0.4 * likely), torch.full_like(mask, 0.3), labels * (20 + 60 * likely)
    terms = steps(made, Batch(x, y, mask, {"lesion": labels, "chance": chances}), 120)
    assert min(t["g.verdict"] for t in terms) < 0.52, (
        "0.50 is the least that there is, 0.69 the best for a lesion unseen"
    )


JUDGED = "{width = 4, levels = 2, blocks = 1, judged = true}"


@pytest.mark.parametrize(("fields", "message"), [
    ({"masked": False}, "air"), ({"lambda_head": -1.0}, "0 or more"), ({"crop": 6}, "multiple of 4"),
    ({"generator": JUDGED}, "judged is taught by"),
    ({"generator": JUDGED, "lambda_verdict": 1.0, "lambda_head": 0.0}, "judged is taught by"),
])  # fmt: skip
def test_impossible_fields_are_refused(method_of, fields, message):
    with pytest.raises(UsageError, match=message):
        method_of("resunet", **fields)
