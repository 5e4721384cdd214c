"""gzip: a file from a pipe, unbuffered, whose first byte comes alone is "not a gzipped file". Exit code 0: it shows it;
1: it does not."""
import gzip
import os
import sys
import threading
import time

encoded = gzip.compress(b"all that I have")


def read(whole):
    source, sink = os.pipe()

    def write():
        if not whole:
            os.write(sink, encoded[:1])
            time.sleep(0.5)  # the reader has taken it by then
            os.write(sink, encoded[1:])
        else:
            os.write(sink, encoded)
        os.close(sink)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(source, "rb", buffering=0) as file:
        try:
            said = repr(gzip.GzipFile(fileobj=file).read())
        except gzip.BadGzipFile as error:
            said = f"BadGzipFile: {error}"
            file.read()
    writer.join()
    return said


together = read(True)
apart = read(False)
print(f"together: {together}\nfirst byte alone: {apart}")
sys.exit(0 if "I have" in together and "BadGzipFile" in apart else 1)
