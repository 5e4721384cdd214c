"""gzip, bz2, lzma: three answers to a byte behind the stream. Exit code 0: it shows it; 1: it does not."""
import bz2
import gzip
import io
import lzma
import sys

answers = []
for name, compress, wrap in (
    ("gzip", gzip.compress, lambda file: gzip.GzipFile(fileobj=file)),
    ("bz2", bz2.compress, bz2.BZ2File),
    ("lzma", lzma.compress, lzma.LZMAFile),
):
    for foreign in (b"x", b"\0"):
        try:
            said = repr(wrap(io.BytesIO(compress(b"payload") + foreign)).read(100))
        except (OSError, EOFError, lzma.LZMAError) as error:
            said = f"{type(error).__name__}: {error}"
        print(f"{name}, {foreign} behind it: {said}")
        answers.append((name, said))
sys.exit(0 if ("bz2", "b'payload'") in answers and any("gzip" == n and "BadGzipFile" in s for n, s in answers) else 1)
