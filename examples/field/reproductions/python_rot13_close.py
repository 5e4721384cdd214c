"""rot13: the end of a gzip stream below is never written. Exit code 0: it shows it; 1: it does not."""
import gzip
import io
import sys

from rot13 import Rot13Example

file = io.BytesIO()
below = gzip.GzipFile(fileobj=file, mode="wb")
writer = Rot13Example().transform_to(below)
writer.write(b"Hello")
writer.close()
print("the stream below is", "closed" if below.closed else "open")
try:
    print("read back:", gzip.decompress(file.getvalue()))
    sys.exit(1)
except EOFError as error:
    print("read back: EOFError:", error)
print("write after close:", writer.write(b"more"))
sys.exit(1 if below.closed else 0)
