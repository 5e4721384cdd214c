"""zstandard: readinto of an empty buffer raises. Exit code 0: it shows it; 1: it does not."""
import io
import sys

import zstandard

encoded = zstandard.ZstdCompressor().compress(b"a")
print("BytesIO:", io.BytesIO(b"a").readinto(bytearray()))
try:
    print("zstandard:", zstandard.open(io.BytesIO(encoded), "rb").readinto(bytearray()))
except zstandard.ZstdError as error:
    print("zstandard:", error)
    sys.exit(0)
sys.exit(1)
