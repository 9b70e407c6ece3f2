"""Runs a program at a terminal, and has a dialogue with it.

terminal.py PROGRAM ARGUMENT... -- WAIT SAY WAIT SAY ... WAIT

Prints all that the terminal has shown. What is waited for must come within half a minute. To say
`@size ROWS COLUMNS` gives the terminal that size.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

ends = sys.argv.index("--")
program, steps = sys.argv[1:ends], sys.argv[ends + 1 :]
child, terminal = pty.fork()
if child == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(program[0], program)


def resize(rows, columns):
    size = struct.pack("HHHH", int(rows), int(columns), 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


resize(24, 80)

shown, at, until = b"", 0, time.monotonic() + 30


def more():
    global shown
    if not select.select([terminal], [], [], max(0, until - time.monotonic()))[0]:
        sys.exit("nothing more came:\n" + shown.decode(errors="replace"))
    try:
        some = os.read(terminal, 4096)
    except OSError:
        some = b""
    shown += some
    return some


for index, step in enumerate(steps):
    step = step.encode().decode("unicode_escape").encode("latin-1")
    if index % 2 and step.startswith(b"@size "):
        resize(*step.split()[1:])
        continue
    if index % 2:
        os.write(terminal, step)
        continue
    while step not in shown[at:]:
        if not more():
            sys.exit(f"it ended before {step}:\n" + shown.decode(errors="replace"))
    at = shown.index(step, at) + len(step)
while more():
    pass
sys.stdout.write(shown.decode(errors="replace"))
