"""One of several processes on one training; keeps its final networks beside what `vcem train` writes.

torchrun ... tests/ranks_worker.py KEPT train RECIPE ...
"""

import json
import os
import sys
from pathlib import Path

import torch
from torch import nn

from processes import tell_to
from vcem.cli.main import main
from vcem.train import fold, ranks


def train_and_keep(kept, words):
    """Run `vcem WORDS` and write KEPT/rank-R.pt."""
    original = fold.train

    def train(job, method, display):
        position = original(job, method, display)
        torch.save(method.nets.state_dict(), Path(kept) / f"rank-{job.ranks.rank}.pt")
        return position

    fold.train = train
    return main(words)


def rank(number, count, port, told, kept, words):
    """Be a rank of `vcem train`, in a process of its own."""
    join(number, count, port)
    tell_to(told)
    sys.exit(train_and_keep(kept, [str(w) for w in words]))


def averages(number, count, port, out):
    """Average gradients, buffers and sums of two ranks that hold 3 and 1 pairs, and write what came out."""
    join(number, count, port)
    net = nn.BatchNorm1d(1)
    net.weight.grad, net.bias.grad = torch.tensor([[1.0, 5.0][number]]), None
    net.running_mean.fill_([2.0, 4.0][number])
    with ranks.joined(torch.device("cpu")) as joined:
        ranks.wait(joined)
        ranks.average_gradients([net], [0.75, 0.25][number], joined)
        ranks.average_buffers(net, joined)
        sums = ranks.total({"pairs": [3.0, 1.0][number], "g.l1": 1e9 + number}, joined)
        found = {"gradient": net.weight.grad.item(), "bias": net.bias.grad, "mean": net.running_mean.item(),
                 "batches": net.num_batches_tracked.item(), "sums": sums, "first": joined.first}  # fmt: skip
    (Path(out) / f"{number}.json").write_text(json.dumps(found))


def join(number, count, port):
    """Say what torchrun says to each process."""
    os.environ |= {"RANK": str(number), "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}


if __name__ == "__main__":
    sys.exit(train_and_keep(sys.argv[1], sys.argv[2:]))
