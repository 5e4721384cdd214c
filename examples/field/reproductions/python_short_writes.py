"""gzip, bz2, lzma: what a raw file object did not take is lost. Exit code 0: it shows it; 1: it does not."""
import bz2
import gzip
import io
import lzma
import sys


class Half(io.RawIOBase):
    """Takes half of each write and says so, as a pipe or a disk that is nearly full may."""

    def __init__(self):
        self.taken = bytearray()

    def writable(self):
        return True

    def write(self, b):
        count = max(1, len(b) // 2)
        self.taken += bytes(b[:count])
        return count


payload = b"".join(b"%d" % i for i in range(1000))
lost = 0
for name, wrap, decompress in (
    ("gzip", lambda file: gzip.GzipFile(fileobj=file, mode="wb"), gzip.decompress),
    ("bz2", lambda file: bz2.BZ2File(file, "wb"), bz2.decompress),
    ("lzma", lambda file: lzma.LZMAFile(file, "wb"), lzma.decompress),
):
    file = Half()
    with wrap(file) as writer:
        writer.write(payload)
    try:
        whole = decompress(bytes(file.taken)) == payload
    except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
        whole = False
        print(f"{name}: written without an exception; read: {error}")
    lost += not whole
sys.exit(0 if lost == 3 else 1)
