"""rot13: io.BufferedWriter refuses the writer. Exit code 0: it shows it; 1: it does not."""
import io
import sys

from rot13 import Rot13Example

writer = Rot13Example().transform_to(io.BytesIO())
print("writable():", writer.writable())
try:
    io.BufferedWriter(writer)
except OSError as error:
    print("io.BufferedWriter:", error)
    sys.exit(0)
sys.exit(1)
