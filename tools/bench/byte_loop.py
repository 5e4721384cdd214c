"""Swaps the case of ASCII letters one byte at a time, as a writer in Python does; prints MB/s.

The yardstick of what a transform without vectors costs in an interpreter. Standard library only.
"""
import io
import time

CHUNK_BYTES = 8192
REPETITIONS = 9
TURN_SECONDS = 0.05


def swap_case(byte: int) -> int:
    if 65 <= byte <= 90:
        return byte + 32
    if 97 <= byte <= 122:
        return byte - 32
    return byte


class SwapCaseWriter:
    def __init__(self, output: io.BytesIO) -> None:
        self.output = output

    def write(self, data: bytes) -> int:
        copy = bytearray(data)
        for i in range(len(copy)):
            copy[i] = swap_case(copy[i])
        return self.output.write(copy)


def main() -> None:
    data = bytes(i * 7 % 251 for i in range(CHUNK_BYTES))
    output = io.BytesIO()
    writer = SwapCaseWriter(output)
    writer.write(data)
    assert output.getvalue() == data.swapcase()
    rates = []
    for _ in range(REPETITIONS):
        chunks = 0
        begin = time.process_time()
        while time.process_time() - begin < TURN_SECONDS:
            output.seek(0)
            writer.write(data)
            chunks += 1
        rates.append(chunks * CHUNK_BYTES / (time.process_time() - begin) * 1e-6)
    rates.sort()
    print(f"{rates[len(rates) // 2]:.2f} {rates[0]:.2f} {rates[-1]:.2f}")


main()
