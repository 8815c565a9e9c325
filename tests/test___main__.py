import subprocess
import sys

from vcem import __version__


def test_python_m_vcem_is_the_command():
    ran = subprocess.run([sys.executable, "-m", "vcem", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == f"vcem {__version__}\n"
