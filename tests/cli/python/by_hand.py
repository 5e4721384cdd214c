"""What Weir says of rot13_extension.py and of the standard library, in plain Python without Weir.
Usage: by_hand.py FOLDER_OF_THE_EXAMPLE. Fails where one of them is not so."""

import bz2
import gzip
import io
import lzma
import sys

sys.path.insert(0, sys.argv[1])
from rot13_extension import Rot13Example  # noqa: E402

checks = 0


def expect(what, fact):
    global checks
    checks += 1
    if not fact:
        sys.exit(f"by hand it is otherwise: {what}")


def raises(kind, action, *arguments):
    try:
        action(*arguments)
    except kind:
        return True
    return False


rot13 = Rot13Example()

# honest-mode: a misspelt method.
writer = rot13.transform_to(io.BytesIO())
expect("the writer says that it is not writable", not writer.writable())
expect("io.BufferedWriter refuses it", raises(OSError, io.BufferedWriter, writer))
reader = rot13.transform_from(io.BytesIO(b"aB"))
expect("the reader says that it is readable", reader.readable())
expect("it decodes", io.BufferedReader(reader).read() == b"Ab")

# close-once, after-fault: close does not cascade.
below = io.BytesIO()
writer = rot13.transform_to(below)
writer.close()
expect("what is below the writer stays open", not below.closed)
below = io.BytesIO(b"a")
reader = rot13.transform_from(below)
reader.close()
expect("what is below the reader stays open", not below.closed)

# chain: for that, the end of what another transform holds back is lost.
store = io.BytesIO()
writer = rot13.transform_to(gzip.GzipFile(fileobj=store, mode="wb"))
writer.write(b"payload")
writer.close()
expect("a stream closed through it is cut", raises(EOFError, gzip.decompress, store.getvalue()))

# use-after-close: I/O goes through.
below = io.BytesIO()
writer = rot13.transform_to(below)
writer.close()
expect("a closed writer writes", writer.write(b"a") == 1 and below.getvalue() == b"A")
below = io.BytesIO(b"ab")
reader = rot13.transform_from(below)
reader.close()
expect("a closed reader reads", reader.readinto(bytearray(1)) == 1)


# distrust: a count is passed on.
class Liar(io.RawIOBase):
    def writable(self):
        return True

    def write(self, b):
        return len(b) + 1


expect("two of one byte were written", rot13.transform_to(Liar()).write(b"a") == 2)


# A raw stream as a socket or a pipe is: it moves a part.
class Part(io.RawIOBase):
    def __init__(self, data=b""):
        self.data = io.BytesIO(data)

    def readable(self):
        return True

    def writable(self):
        return True

    def readinto(self, b):
        given = self.data.read(1)
        b[: len(given)] = given
        return len(given)

    def write(self, b):
        return self.data.write(bytes(b)[:1])


def open_gzip(file, mode):
    return gzip.GzipFile(fileobj=file, mode=mode)


for name, wrap in (("gzip", open_gzip), ("bz2", bz2.BZ2File), ("lzma", lzma.LZMAFile)):
    whole = io.BytesIO()
    with wrap(whole, "wb") as file:
        file.write(b"hello")
    whole = whole.getvalue()

    # short-sink-writes: what was not taken is lost, and nobody is told.
    part = Part()
    file = wrap(part, "wb")
    expect(f"{name}: write says that all was taken", file.write(b"hello") == 5)
    file.close()
    expect(f"{name}: bytes are missing below", len(part.data.getvalue()) < len(whole))

    # short-source-reads, eof-exact, first-read: of gzip alone.
    refused = raises(gzip.BadGzipFile, wrap(Part(whole), "rb").read)
    expect(f"{name}: a header in parts", refused == (name == "gzip"))

    # seek-refused.
    file = wrap(io.BytesIO(whole), "rb")
    file.read(3)
    expect(f"{name}: a seek before the start goes to it", file.seek(-1) == 0 and file.tell() == 0)
    expect("files refuse it", raises(ValueError, io.BytesIO().seek, -1))

    # use-after-close: of the other two, "any operation on the file will raise a ValueError".
    file = wrap(io.BytesIO(), "wb")
    file.close()
    expect(f"{name}: flush after close", raises(ValueError, file.flush) == (name == "gzip"))

print(f"{checks} facts hold by hand")
