"""zstd_file.py encode|decode: standard input to standard output with Python's zstandard, level 3.

What a program in Python would do. Exit code 3: the package is not installed.
"""
import sys

try:
    import zstandard
except ImportError:
    sys.exit(3)

CHUNK_BYTES = 128 << 10


def main(direction: str) -> None:
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    if direction == "encode":
        compressor = zstandard.ZstdCompressor(level=3, write_checksum=True, write_content_size=False)
        with compressor.stream_writer(sink, closefd=False) as writer:
            while chunk := source.read(CHUNK_BYTES):
                writer.write(chunk)
    elif direction == "decode":
        with zstandard.ZstdDecompressor().stream_reader(source) as reader:
            while chunk := reader.read(CHUNK_BYTES):
                sink.write(chunk)
    elif direction != "check":
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
