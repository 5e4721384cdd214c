"""A stream transform extension in the manner of PyTorch's, kept as it was found.

It swaps the case of ASCII letters. It behaves as the rot13 example among PyTorch's checkpoint
tests does, which is a demonstration, faults included: Weir is to find them.

    weir check --python-file examples/python/rot13_extension.py:Rot13Example
"""

import io
import os


class Rot13Example:
    def __init__(self, chunk_size=io.DEFAULT_BUFFER_SIZE):
        self._chunk_size = chunk_size

    @staticmethod
    def from_descriptor(version):
        major, _, _ = version.partition(".")
        if major != "1":
            raise ValueError(f"Unknown extension {version=}")
        return Rot13Example()

    @staticmethod
    def registry_name():
        return "stream.rot13"

    def get_descriptor(self):
        return f"{self.registry_name()}/1"

    @staticmethod
    def _swap_case(buffer, count):
        view = memoryview(buffer)
        for i in range(count):
            byte = view[i]
            if ord("A") <= byte <= ord("Z"):
                byte += 32
            elif ord("a") <= byte <= ord("z"):
                byte -= 32
            view[i] = byte

    def transform_to(self, output):
        class Writer(io.RawIOBase):
            def __init__(self, output):
                self.output = output

            def writeable(self):
                return True

            def write(self, b):
                chunk = bytearray(b)
                Rot13Example._swap_case(chunk, len(chunk))
                return self.output.write(chunk)

            def flush(self):
                self.output.flush()

        return Writer(output)

    def transform_from(self, input):
        class Reader(io.RawIOBase):
            def __init__(self, input):
                self.input = input

            def readable(self):
                return True

            def readinto(self, b):
                if hasattr(self.input, "readinto"):
                    count = self.input.readinto(b)
                else:
                    view = memoryview(b)
                    given = self.input.read(len(view))
                    count = None if given is None else len(given)
                    if count:
                        view[:count] = given
                if count:
                    Rot13Example._swap_case(b, count)
                return count

            def seekable(self):
                return self.input.seekable()

            def seek(self, offset, whence=os.SEEK_SET):
                return self.input.seek(offset, whence)

            def tell(self):
                return self.input.tell()

        return Reader(input)
