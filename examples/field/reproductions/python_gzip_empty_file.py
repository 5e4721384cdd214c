"""gzip: a file of which nothing was written reads as an empty payload. Exit code 0: it shows it; 1: it does not."""
import bz2
import gzip
import io
import sys

print("gzip:", gzip.GzipFile(fileobj=io.BytesIO(b"")).read())
try:
    print("bz2:", bz2.BZ2File(io.BytesIO(b"")).read())
except EOFError as error:
    print("bz2: EOFError:", error)
    sys.exit(0)
sys.exit(1)
