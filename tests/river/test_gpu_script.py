import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu.sh"


@pytest.mark.slow
def test_what_is_to_run_on_a_gpu_runs_small_on_a_cpu(toy_release, tmp_path):
    told = {"TINY": "1", "DEVICE": "cpu", "PYTHON": sys.executable, "WORK": str(tmp_path / "work")}
    out = tmp_path / "out"
    done = subprocess.run(["bash", SCRIPT, toy_release, out], env=os.environ | told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in ("resunet", "cyclegan"):
        assert "times plain, peak" in (out / f"steps-{name}").read_text()
    logs = sorted(out.glob("*.jsonl"))
    assert [p.stem for p in logs] == ["strict-cyclegan-60", "strict-resunet"]
    assert all(json.loads(p.read_text().splitlines()[-1])["epoch"] == 1 for p in logs)
    assert "Residual U-Net" in (out / "index.html").read_text()
