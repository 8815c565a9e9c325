"""How weights begin."""

from typing import Literal

from torch import nn

Init = Literal["torch", "normal"]


def initialise(net: nn.Module, init: Init) -> None:
    """Leave torch's default (the authors' code), or draw weights from N(0, 0.02) (Isola et al. 2017; Zhu et al. 2017).

    Draws from torch's global generator, which the caller seeds.
    """
    if init == "torch":
        return
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
            nn.init.zeros_(layer.bias)
