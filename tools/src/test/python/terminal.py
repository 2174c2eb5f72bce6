"""Plays a session on a real pseudo-terminal: terminal.py STEPS COMMAND...

STEPS is a file; each line is 'send TEXT' or 'expect TEXT', where TEXT has Python's escapes, such
as \\t and \\x03, 'wait SECONDS', 'show', which prints all in the end, or 'term NAME', the kind of
terminal. What is expected must appear behind what was expected before, once escape sequences are
taken out. Exits with the command's code, or 99 when something did not appear, or the command did
not end.
"""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

SECONDS = 60
ROWS, COLUMNS = 24, 100
ESCAPES = re.compile(r"\x1b\[[0-9;?$]*[a-zA-Z]|\x1b\][^\x07]*\x07|\x1b[=>78()][AB0]?|[\r\x07\x08]")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        steps = [line.rstrip("\n") for line in file if line.strip()]
    child, terminal = pty.fork()
    if child == 0:
        # Whoever runs in the background of a script ignores Ctrl-C, and so would the command.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        named = [step[5:] for step in steps if step.startswith("term ")]
        os.environ["TERM"] = named[0] if named else "xterm-256color"
        os.execvp(sys.argv[2], sys.argv[2:])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    raw = b""
    seen = 0
    for step in steps:
        action, _, text = step.partition(" ")
        text = codecs.decode(text.encode("latin-1", "backslashreplace"), "unicode_escape")
        if action == "send":
            os.write(terminal, text.encode())
            continue
        if action == "wait":
            time.sleep(float(text))
            continue
        if action in ("show", "term"):
            continue
        deadline = time.monotonic() + SECONDS
        while True:
            shown = ESCAPES.sub("", raw.decode("utf-8", "replace"))
            place = shown.find(text, seen)
            if place >= 0:
                seen = place + len(text)
                break
            ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
            try:
                more = os.read(terminal, 65536) if ready else b""
            except OSError:
                more = b""
            if not more:
                print("did not appear: %r behind:\n%s" % (text, shown[seen - 200 if seen > 200 else 0:]))
                os.kill(child, 9)
                sys.exit(99)
            raw += more
    deadline = time.monotonic() + SECONDS
    while True:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            print("it does not end:\n%s" % ESCAPES.sub("", raw.decode("utf-8", "replace"))[-2000:])
            os.kill(child, 9)
            sys.exit(99)
        try:
            more = os.read(terminal, 65536)
        except OSError:
            break
        if not more:
            break
        raw += more
    if "show" in steps:
        print(ESCAPES.sub("", raw.decode("utf-8", "replace")))
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


main()
