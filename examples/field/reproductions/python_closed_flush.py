"""bz2, lzma: flush of a file that was closed succeeds. Exit code 0: it shows it; 1: it does not."""
import bz2
import io
import lzma
import sys


def flushed(name, file):
    file.close()
    try:
        file.flush()
    except ValueError as error:
        print(f"{name}: ValueError: {error}")
        return False
    print(f"{name}: flush of a closed file succeeds")
    return True


flushed("io.BytesIO", io.BytesIO())
both = [flushed("bz2", bz2.BZ2File(io.BytesIO(), "wb")), flushed("lzma", lzma.LZMAFile(io.BytesIO(), "wb"))]
sys.exit(0 if all(both) else 1)
