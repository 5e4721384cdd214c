"""gzip, bz2, lzma: a seek before the start goes to the start. Exit code 0: it shows it; 1: it does not."""
import bz2
import gzip
import io
import lzma
import sys

try:
    io.BytesIO(b"a").seek(-1)
except ValueError as error:
    print("io.BytesIO: ValueError:", error)
accepted = 0
for name, file in (
    ("gzip", gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b"a")))),
    ("bz2", bz2.BZ2File(io.BytesIO(bz2.compress(b"a")))),
    ("lzma", lzma.LZMAFile(io.BytesIO(lzma.compress(b"a")))),
):
    print(f"{name}: seek(-1) gives {file.seek(-1)}")
    accepted += 1
sys.exit(0 if accepted == 3 else 1)
