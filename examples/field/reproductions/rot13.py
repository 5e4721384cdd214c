"""The example extension, for the programs beside this one."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))
from rot13_extension import Rot13Example  # noqa: E402,F401
