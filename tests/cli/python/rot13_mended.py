"""examples/python/rot13_extension.py without its faults: nothing may be said against it."""

import io

TABLE = bytes(c ^ 32 if chr(c).isalpha() and c < 128 else c for c in range(256))


class Stream(io.RawIOBase):
    def __init__(self, below):
        self.below = below

    def check(self):
        if self.closed:
            raise ValueError("I/O operation on closed file")

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
        self.check()
        count = self.below.write(bytes(b).translate(TABLE))
        if count is not None and count > len(b):
            raise OSError(f"took {count} of {len(b)} bytes")
        return count

    def flush(self):
        self.check()
        self.below.flush()


class Reader(Stream):
    def readable(self):
        return True

    def readinto(self, b):
        self.check()
        count = self.below.readinto(b)
        if count is None:
            return None
        if count > len(b):
            raise OSError(f"gave {count} of {len(b)} bytes")
        b[:count] = bytes(b[:count]).translate(TABLE)
        return count

    def seekable(self):
        self.check()
        return self.below.seekable()

    def seek(self, offset, whence=io.SEEK_SET):
        self.check()
        return self.below.seek(offset, whence)

    def tell(self):
        self.check()
        return self.below.tell()


class Rot13:
    @staticmethod
    def registry_name():
        return "stream.rot13"

    def get_descriptor(self):
        return "stream.rot13/1"

    @staticmethod
    def from_descriptor(version):
        if version.split(".")[0] != "1":
            raise ValueError(f"version {version!r} is not one of mine")
        return Rot13()

    def transform_to(self, output):
        return Writer(output)

    def transform_from(self, input):
        return Reader(input)
