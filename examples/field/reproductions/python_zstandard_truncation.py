"""zstandard: a frame that was cut, anywhere, reads as a complete one. Exit code 0: it shows it; 1: it does not."""
import io
import sys

import zstandard

payload = b"".join(b"%d" % i for i in range(100000))
encoded = zstandard.ZstdCompressor().compress(payload)
half = zstandard.open(io.BytesIO(encoded[: len(encoded) // 2]), "rb").read()
print(f"half a file is {len(half)} of {len(payload)} bytes, and no exception")
sys.exit(0 if len(half) < len(payload) else 1)
