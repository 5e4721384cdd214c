"""Runs a command on a terminal of its own and prints what a person would see there.

usage: screen.py COLUMNS ROWS RAW COMMAND...

Prints the last screen on which something ran ("left, 1 of"), a line of '=', and the screen at the
end; what the command wrote goes to the file RAW. The exit code is the command's.
"""
import fcntl
import os
import pty
import re
import struct
import sys
import termios


class Screen:
    """As much of a terminal as the program uses; what it does not know is an error."""

    TOKEN = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]", re.DOTALL)

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0

    def down(self):
        if self.row + 1 < self.rows:
            self.row += 1
        else:
            self.lines.append([" "] * self.columns)
            self.lines.pop(0)

    def feed(self, text):
        at = 0
        while at < len(text):
            token = self.TOKEN.match(text, at)
            if token is None:
                return text[at:]  # half of an escape sequence
            at = token.end()
            if token.group(2):
                self.escape(token.group(1), token.group(2))
            elif token.group() == "\r":
                self.column = 0
            elif token.group() == "\n":
                self.down()
            else:
                if self.column == self.columns:
                    self.column = 0
                    self.down()
                self.lines[self.row][self.column] = token.group()
                self.column += 1
        return ""

    def escape(self, number, kind):
        if kind == "A":
            self.row = max(0, self.row - int(number or 1))
        elif kind == "K" and not number:
            self.lines[self.row][self.column:] = [" "] * (self.columns - self.column)
        elif kind == "J" and not number:
            self.escape("", "K")
            for row in range(self.row + 1, self.rows):
                self.lines[row] = [" "] * self.columns
        elif kind != "m":
            raise SystemExit(f"screen.py: unknown escape sequence {number}{kind}")

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.lines).rstrip()


def main():
    columns, rows, raw = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[4], sys.argv[4:])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    screen = Screen(columns, rows)
    running = rest = ""
    pending = b""
    with open(raw, "wb") as file:
        while True:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            file.write(data)
            pending += data
            text = pending.decode("utf-8", "ignore")
            pending = pending[len(text.encode()):]
            rest = screen.feed(rest + text)
            if re.search("left, [1-9]", screen.text()):
                running = screen.text()
    print(running)
    print("=" * 20)
    print(screen.text())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


sys.exit(main())
