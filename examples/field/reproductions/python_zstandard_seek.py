"""zstandard: a stream that says that it cannot seek does. Exit code 0: it shows it; 1: it does not."""
import io
import sys

import zstandard

reader = zstandard.open(io.BytesIO(zstandard.ZstdCompressor().compress(b"abc")), "rb")
says = reader.seekable()
position = reader.seek(2)
rest = reader.read()
print(f"seekable() is {says}; seek(2) gives {position}, and {rest} follows")
sys.exit(0 if not says and rest == b"c" else 1)
