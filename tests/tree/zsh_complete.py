"""Prints the terminal of an interactive zsh after a line and the key for completions:
zsh_complete.py FOLDER LINE, where FOLDER has the function _frontrow."""
import os
import pty
import select
import sys
import time

folder, line = sys.argv[1], sys.argv[2]


def read_until(mark, seconds):
    """Reads the terminal until the mark, or without a mark until it says nothing for so long."""
    seen, end = b"", time.monotonic() + seconds
    while (not mark or mark not in seen) and time.monotonic() < end:
        if select.select([terminal], [], [], 0.05)[0]:
            seen += os.read(terminal, 65536)
            end = end if mark else time.monotonic() + seconds
    return seen


child, terminal = pty.fork()
if child == 0:
    os.environ.update(TERM="vt100", PS1="")
    os.execvp("zsh", ["zsh", "-f", "-i"])

# Lists all matches also where there is one, and leaves the line as it is.
os.write(terminal, f"""stty cols 400 rows 1000 -echo
fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D; PS1=; bindkey '^T' list-choices
print -r -- SET-''UP
""".encode())
read_until(b"SET-UP", 30)
os.write(terminal, line.encode() + b"\x14")
# Without the padding of the terminal.
print(read_until(b"", 1).replace(b"\0", b"").decode(errors="replace"))
os.write(terminal, b"\x15exit\n")
os.waitpid(child, 0)
