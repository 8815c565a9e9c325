import torch

from vcem.nets.cut import cut_to_breasts, draw_cut


def test_breasts_face_one_way_and_only_air_is_cut():
    x, mask = torch.rand(2, 1, 32, 48), torch.zeros(2, 1, 32, 48)
    mask[0, :, 9:20, :13], mask[1, :, 12:22, 29:] = 1, 1
    cut = cut_to_breasts(mask, 8)
    seen = cut.do(mask)
    assert seen.shape == (2, 1, 16, 24), "rows 8 to 24, columns 0 to 24"
    assert seen[0, 0, 1, 0] == seen[1, 0, 4, 0] == 1, "the chest wall of both lies left"
    assert seen.sum() == mask.sum()
    torch.testing.assert_close(cut.undo(cut.do(x * mask)), x * mask, rtol=0, atol=0)


def test_a_batch_without_a_breast_stays_whole():
    assert cut_to_breasts(torch.zeros(1, 1, 16, 16), 8).do(torch.ones(1, 1, 16, 16)).shape == (1, 1, 16, 16)


def test_what_a_network_draws_of_a_part_lies_where_the_image_lay():
    mask = torch.zeros(2, 1, 16, 24)
    mask[0, :, 2:7, :5], mask[1, :, 3:8, 20:] = 1, 1
    x, seen = torch.rand(2, 1, 16, 24), []

    def net(x, mask):
        seen.append(x.shape)
        return x + mask

    torch.testing.assert_close(draw_cut(net, x, mask, 4), (x + 1) * mask, rtol=0, atol=0)
    assert seen == [(2, 1, 8, 8)]
