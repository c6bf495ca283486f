"""Run by path between the stack and each child: ask to die with the parent, then become the child.

A standalone script: it uses the standard library only and starts in milliseconds (`-I -S`).
Setting this up inside `Popen(preexec_fn=…)` would run Python between fork and exec in a process
with threads, which may deadlock.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
EXIT_PARENT_GONE = 79
FILES_WANTED = 65536


def main() -> None:
    """Arguments: the pid that must be our parent, then the command."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the line above took effect.
    if os.getppid() != int(parent):
        sys.exit(EXIT_PARENT_GONE)
    # Desktops allow 1,024 open files, which is little for a database.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    # Python ignores SIGPIPE, and what is ignored stays ignored across exec.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606 - becoming the command is the purpose


if __name__ == "__main__":
    main()
