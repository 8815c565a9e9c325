"""The three methods as the authors' code runs them on a CPU: torch's own layers, contiguous, one forward an image.

Networks are copies of ours with torch's own instance norm; losses are written out plainly.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from vcem.methods.method import Batch, Method
from vcem.nets.blocks import InstanceNorm


def plain_nets(method: Method) -> nn.ModuleDict:
    """Return the method's networks, with the same weights, contiguous and under torch's own instance norm."""
    nets = copy.deepcopy(method.nets).to(memory_format=torch.contiguous_format)
    for module in list(nets.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, InstanceNorm):
                setattr(module, name, nn.InstanceNorm2d(layer.channels))
    return nets


def autoencoder_step(nets: nn.ModuleDict, adam: dict[str, torch.optim.Adam]) -> Callable[[Batch], float]:
    """Return one step of the authors' Autoencoder/util_model.py."""

    def step(batch: Batch) -> float:
        loss = functional.l1_loss(nets["G"](batch.x), batch.y)
        adam["g"].zero_grad()
        loss.backward()
        adam["g"].step()
        return loss.item()

    return step


def pix2pix_step(nets: nn.ModuleDict, adam: dict[str, torch.optim.Adam]) -> Callable[[Batch], float]:
    """Return one step of the authors' Pix2Pix/util_model.py."""
    bce = functional.binary_cross_entropy_with_logits

    def judge(x: Tensor, y: Tensor) -> Tensor:
        return nets["D"](torch.cat([x, y], 1))

    def step(batch: Batch) -> float:
        x, y = batch.x, batch.y
        y_hat = nets["G"](x)
        real, fake = judge(x, y), judge(x, y_hat.detach())
        d_loss = (bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))) / 2
        nets["D"].zero_grad()
        d_loss.backward()
        adam["d"].step()
        verdict = judge(x, y_hat)
        g_loss = bce(verdict, torch.ones_like(verdict)) + 100 * functional.l1_loss(y_hat, y)
        adam["g"].zero_grad()
        g_loss.backward()
        adam["g"].step()
        return d_loss.item() + g_loss.item()

    return step


def cyclegan_step(nets: nn.ModuleDict, adam: dict[str, torch.optim.Adam]) -> Callable[[Batch], float]:
    """Return one step of the authors' CycleGAN/util_model.py."""
    G, F = nets["G"], nets["F"]
    mse, l1 = functional.mse_loss, functional.l1_loss

    def judge(name: str, image: Tensor, real: bool) -> Tensor:
        verdict = torch.sigmoid(nets[name](image))
        return mse(verdict, torch.full_like(verdict, float(real)))

    def step(batch: Batch) -> float:
        x, y = batch.x, batch.y
        y_hat, x_hat = G(x), F(y)
        d_loss = (
            judge("D_y", y, True) + judge("D_y", y_hat.detach(), False)
            + judge("D_x", x, True) + judge("D_x", x_hat.detach(), False)
        ) / 2  # fmt: skip
        adam["d"].zero_grad()
        d_loss.backward()
        adam["d"].step()
        g_loss = (
            judge("D_y", y_hat, True) + judge("D_x", x_hat, True)
            + 10 * (l1(F(y_hat), x) + l1(G(x_hat), y)) + 5 * (l1(G(y), y) + l1(F(x), x))
        )  # fmt: skip
        adam["g"].zero_grad()
        g_loss.backward()
        adam["g"].step()
        return d_loss.item() + g_loss.item()

    return step


STEPS = {"autoencoder": autoencoder_step, "pix2pix": pix2pix_step, "cyclegan": cyclegan_step}
