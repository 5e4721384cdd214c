"""Rotates the letters A-Z and a-z by thirteen places. Yours takes its place."""

import io

UPPER = bytes(range(ord("A"), ord("Z") + 1))
LOWER = UPPER.lower()
TABLE = bytes.maketrans(UPPER + LOWER, UPPER[13:] + UPPER[:13] + LOWER[13:] + LOWER[:13])


class Stream(io.RawIOBase):
    """Closes the stream below with itself."""

    def __init__(self, below):
        self.below = below

    def check_open(self):
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

    def write(self, data):
        self.check_open()
        taken = self.below.write(bytes(data).translate(TABLE))
        # return len(data)  # PLANTED BUG: the stream below need not take all
        if taken is not None and taken > len(data):
            raise OSError(f"took {taken} of {len(data)} bytes")
        return taken

    def flush(self):
        self.check_open()
        self.below.flush()


class Reader(Stream):
    def readable(self):
        return True

    def readinto(self, buffer):
        self.check_open()
        given = self.below.readinto(buffer)
        if given is None:  # it would block
            return None
        if given > len(buffer):
            raise OSError(f"gave {given} of {len(buffer)} bytes")
        buffer[:given] = bytes(buffer[:given]).translate(TABLE)
        return given


class Rot13:
    def transform_to(self, output):
        return Writer(output)

    def transform_from(self, input):
        return Reader(input)
