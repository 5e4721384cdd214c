"""Streams with one fault each, and streams that fail in one way each: what Weir makes of them."""

import io
import os
import sys


class Plain:
    """Passes through."""

    def transform_to(self, output):
        return self.Writer(output)

    def transform_from(self, input):
        return self.Reader(input)

    class Stream(io.RawIOBase):
        def __init__(self, below):
            self.below = below

        def close(self):
            if not self.closed:
                try:
                    super().close()
                finally:
                    self.below.close()

    class Writer(Stream):
        def writable(self):
            return True

        def write(self, b):
            return self.below.write(b)

        def flush(self):
            self.below.flush()

    class Reader(Stream):
        def readable(self):
            return True

        def readinto(self, b):
            return self.below.readinto(b)


class ShrinksWritten(Plain):
    class Writer(Plain.Writer):
        def write(self, b):
            count = self.below.write(bytes(b))
            if count:
                del b[:count]
            return count


class ShrinksRead(Plain):
    class Reader(Plain.Reader):
        def readinto(self, b):
            data = self.below.read(len(b))
            if data is None:
                return None
            b[:] = data
            return len(data)


class RaisesWritable(Plain):
    class Writer(Plain.Writer):
        def writable(self):
            raise RuntimeError("boom")


class RaisesSeekable(Plain):
    class Reader(Plain.Reader):
        def seekable(self):
            raise RuntimeError("boom")


class KeepsBuffer(Plain):
    class Writer(Plain.Writer):
        kept = b""

        def write(self, b):
            if len(self.kept):
                self.below.write(self.kept)
            self.kept = memoryview(b)
            return len(b)

        def close(self):
            if len(self.kept):
                self.below.write(self.kept)
                self.kept = b""
            super().close()


class ChangesInput(Plain):
    class Writer(Plain.Writer):
        def write(self, b):
            b[:] = bytes(b).swapcase()
            return self.below.write(b)

    class Reader(Plain.Reader):
        def readinto(self, b):
            count = self.below.readinto(b)
            if count:
                b[:count] = bytes(b[:count]).swapcase()
            return count


class UsesRoom(Plain):
    class Reader(Plain.Reader):
        def readinto(self, b):
            count = self.below.readinto(b)
            if count and count < len(b):
                b[count] ^= 1
            return count


class BlockIsEnd(Plain):
    class Reader(Plain.Reader):
        def readinto(self, b):
            return self.below.readinto(b) or 0


class ForgetsCount(Plain):
    class Writer(Plain.Writer):
        def write(self, b):
            self.below.write(b)


class GivesTooMuch(Plain):
    class Reader(Plain.Stream):
        def readable(self):
            return True

        def read(self, size=-1):
            return self.below.read(size + 1)


class WritesText(Plain):
    class Writer(Plain.Writer):
        def write(self, b):
            return "all"


class Exits(Plain):
    class Writer(Plain.Writer):
        def write(self, b):
            sys.exit("enough")


class Dies(Plain):
    class Writer(Plain.Writer):
        def write(self, b):
            os._exit(7)


class Hangs(Plain):
    class Writer(Plain.Writer):
        def write(self, b):
            while True:
                pass


class Hungry(Plain):
    class Writer(Plain.Writer):
        def write(self, b):
            return len(bytearray(8 << 30))


def raising(make, reads=False):
    """A pass-through whose first call raises."""

    class Fails(Plain):
        if reads:

            class Reader(Plain.Reader):
                def readinto(self, b):
                    raise make()

        else:

            class Writer(Plain.Writer):
                def write(self, b):
                    raise make()

    return Fails


write_key = raising(lambda: KeyError("letter"))
write_space = raising(lambda: OSError(28, "the disk is full"))
write_would_block = raising(lambda: BlockingIOError(11, "later"))
read_key = raising(lambda: KeyError("letter"), reads=True)
read_end = raising(lambda: EOFError("cut"), reads=True)
read_plain = raising(lambda: OSError("no magic"), reads=True)
read_memory = raising(lambda: MemoryError(), reads=True)
