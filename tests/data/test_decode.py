from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from scenes import COLUMNS, DX, DY, ROWS, scene
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv, sha256
from vcem.core.grid import Framing, Size, framing_of
from vcem.core.terms import Frame, Protocol, Side
from vcem.data.decode import prepare
from vcem.folders.catalogue import read_catalogue


def test_strict_lays_des_and_its_lesions_over_le_on_a_fixed_scale(toy_catalogue, tmp_path):
    store, skipped = prepare(read_catalogue(toy_catalogue), tmp_path / "out", Protocol.STRICT, framing_of({"size": 80}))
    assert not skipped
    for i, side in enumerate([Side.LEFT, Side.RIGHT, Side.LEFT]):
        _, des = scene(ROWS, COLUMNS, 0, 0, side)
        bright = store.y[i] > 110 / 255
        assert bright[store.lesion[i] > 0].mean() > 0.85
        assert bright[store.lesion[i] == 0].mean() < 0.01
        assert store.y[i].max() == pytest.approx(des.max() / 255, abs=0.02)
        assert not store.y[i][~store.mask[i]].any()
        assert store.mask[i].mean() == pytest.approx((des > 0).sum() / ROWS**2, rel=0.1)


def test_paper_keeps_each_image_where_it_lay_and_gives_it_its_own_scale(toy_catalogue, tmp_path):
    store, _ = prepare(read_catalogue(toy_catalogue), tmp_path / "out", Protocol.PAPER, framing_of({"size": 160}))
    le, _ = scene(ROWS, COLUMNS, 0, 0, Side.LEFT)
    _, des = scene(ROWS, COLUMNS, -DX, -DY, Side.LEFT)
    np.testing.assert_allclose(store.x[0][:, :COLUMNS], le / le.max(), atol=1e-6)
    np.testing.assert_allclose(store.y[0][:, :COLUMNS], des / des.max(), atol=1e-6)
    assert not store.x[0][:, COLUMNS:].any()
    assert np.median(store.y[0][store.lesion[0] > 0]) > 0.75


def test_a_window_clips_before_the_paper_scales(toy_catalogue, tmp_path):
    opened = read_catalogue(toy_catalogue)
    text = (
        (toy_catalogue / "pairs.csv")
        .read_text()
        .replace("simulated,,", "clinical,,")
        .replace("clinical,,", "clinical,,70/40")
    )
    (toy_catalogue / "pairs.csv").write_text(text)
    windowed, _ = prepare(read_catalogue(toy_catalogue), tmp_path / "out", Protocol.PAPER, framing_of({"size": 160}))
    plain, _ = prepare(opened, tmp_path / "plain", Protocol.PAPER, framing_of({"size": 160}))
    assert (windowed.y[0] == 1).sum() > 10 * (plain.y[0] == 1).sum()


def test_the_breast_frame_turns_all_breasts_one_way_and_their_lesions_with_them(toy_catalogue, tmp_path):
    framing = Framing(Size(96, 64), Frame.BREAST)
    store, skipped = prepare(read_catalogue(toy_catalogue), tmp_path / "out", Protocol.STRICT, framing)
    assert not skipped
    assert store.framing == framing
    assert store.y.shape == (3, 96, 64)
    for i in range(3):
        bright = store.y[i] > 110 / 255
        assert bright[store.lesion[i] > 0].mean() > 0.85
        assert bright[store.lesion[i] == 0].mean() < 0.01
        assert (store.x[i][:, 0] > 0).mean() > 0.7, "chest wall"
        assert not store.x[i][:, -1].any(), "air"
        assert store.side(i) is Side.LEFT
    assert np.mean((store.x[0] > 0) != (store.x[1] > 0)) < 0.02, "left and right lie alike"
    hung = store.hung(1, store.x[1] > 0)
    assert hung[:, -1].any()
    assert not hung[:, 0].any()


def test_pictures_tell_no_millimetres_so_a_fixed_pixel_leaves_them_out(toy_catalogue, tmp_path):
    framing = Framing(Size(96, 64), Frame.BREAST, 0.8)
    with pytest.raises(FailureError, match="No header says"):
        prepare(read_catalogue(toy_catalogue), tmp_path / "out", Protocol.STRICT, framing)


def test_the_papers_chain_has_no_other_frame(toy_catalogue, tmp_path):
    with pytest.raises(UsageError, match="whole field"):
        prepare(read_catalogue(toy_catalogue), tmp_path / "o", Protocol.PAPER, Framing(Size(64, 64), Frame.BREAST))


SQUARE = framing_of({"size": 64})


def test_the_number_of_workers_changes_no_byte(toy_catalogue, tmp_path):
    for jobs in (1, 2):
        prepare(
            read_catalogue(toy_catalogue),
            tmp_path / f"jobs{jobs}",
            Protocol.STRICT,
            framing_of({"size": 64}),
            jobs=jobs,
        )
    for file in (tmp_path / "jobs1").iterdir():
        assert sha256(file) == sha256(tmp_path / "jobs2" / file.name)


def test_what_cannot_be_prepared_is_listed_with_its_reason(toy_catalogue, tmp_path):
    text = (toy_catalogue / "pairs.csv").read_text().splitlines()
    text[2] = text[2].replace("6.0,9.0,0.9", ",,0.1")
    (toy_catalogue / "pairs.csv").write_text("\n".join(text) + "\n")
    broken = toy_catalogue.parent / "source" / "P2_L_CC_des.png"
    broken.write_bytes(broken.read_bytes()[:200])
    store, skipped = prepare(read_catalogue(toy_catalogue), tmp_path / "out", Protocol.STRICT, SQUARE)
    assert [p.pair for p in store.pairs] == ["P0_L_CC"]
    assert [s.what for s in skipped] == ["P1_R_CC", "P2_L_CC"]
    listed = read_csv(tmp_path / "out" / "skipped.csv")
    assert "not registered" in listed[0]["why"]
    assert "P2_L_CC_des.png" in listed[1]["why"]


def test_every_pair_passes_whoever_watches(toy_catalogue, tmp_path):
    seen = []

    def watch(items, count):
        for item in items:
            seen.append(count)
            yield item

    catalogue = read_catalogue(toy_catalogue)
    prepare(catalogue, tmp_path / "out", Protocol.STRICT, SQUARE, watch=watch)
    assert seen == [len(catalogue.pairs)] * len(catalogue.pairs)


def test_nothing_prepared_is_a_failure_and_a_foreign_folder_is_not_touched(toy_catalogue, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("dear")
    with pytest.raises(UsageError, match="already holds"):
        prepare(read_catalogue(toy_catalogue), tmp_path / "mine", Protocol.STRICT, SQUARE)
    with pytest.raises(FailureError, match="No pair"):
        prepare(
            replace(read_catalogue(toy_catalogue), source=tmp_path / "nowhere"),
            tmp_path / "out",
            Protocol.STRICT,
            SQUARE,
        )
    with pytest.raises(UsageError, match="too small"):
        prepare(read_catalogue(toy_catalogue), tmp_path / "out", Protocol.STRICT, framing_of({"size": 8}))


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize("energy", ["le", "des"])
def test_no_empty_image_is_ever_a_source_or_a_target(toy_catalogue, tmp_path, protocol, energy):
    path = toy_catalogue.parent / "source" / f"P0_L_CC_{energy}.png"
    Image.fromarray(np.zeros_like(np.asarray(Image.open(path)))).save(path)
    store, skipped = prepare(read_catalogue(toy_catalogue), tmp_path / "out", protocol, SQUARE)
    assert "P0_L_CC" not in {p.pair for p in store.pairs}
    assert {s.what for s in skipped} == {"P0_L_CC"}
    assert all(y[mask].std() > 0 for y, mask in zip(store.y, store.mask, strict=True))


@pytest.mark.parametrize("protocol", list(Protocol))
def test_a_breast_at_the_wrong_edge_is_not_padded_there(toy_catalogue, tmp_path, protocol):
    path = toy_catalogue.parent / "source" / "P0_L_CC_le.png"
    Image.fromarray(np.asarray(Image.open(path))[:, ::-1]).save(path)
    _, skipped = prepare(read_catalogue(toy_catalogue), tmp_path / "out", protocol, SQUARE)
    assert "lies at the edge of side R, and its side is L" in skipped[0].why
