"""rot13: a count that cannot be is passed on. Exit code 0: it shows it; 1: it does not."""
import io
import sys

from rot13 import Rot13Example


class Liar(io.RawIOBase):
    def writable(self):
        return True

    def write(self, b):
        return len(b) + 1


count = Rot13Example().transform_to(Liar()).write(b"abc")
print(f"of 3 bytes, {count} were taken")
sys.exit(0 if count > 3 else 1)
