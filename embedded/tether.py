"""Runs one command on a leash: when whoever holds the other end of stdin lets go, it ends.

`python tether.py GRACE COMMAND…`, in a session of its own. The end of stdin comes when the holder
stops us as well as when it was killed. The command is then asked to stop, and after GRACE seconds
at the latest all that is left of the session is killed. Imports nothing of this project, to stay
small and fast.
"""

import os
import signal
import subprocess
import sys
import threading


def main() -> int:
    grace, command = float(sys.argv[1]), sys.argv[2:]
    let_go = threading.Event()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as child:
        # Stopping is the holder's business alone.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        arguments = (child, grace, let_go)
        threading.Thread(target=_end_with_stdin, args=arguments, daemon=True).start()
        code = child.wait()
    # What the command started itself must not outlive it.
    os.killpg(0, signal.SIGKILL if let_go.is_set() else signal.SIGTERM)
    return code if code >= 0 else 128 - code


def _end_with_stdin(
    child: "subprocess.Popen[bytes]", grace: float, let_go: threading.Event
) -> None:
    # Unbuffered: the interpreter could not end while a thread holds the buffer's lock.
    while os.read(0, 1):
        pass
    let_go.set()
    child.terminate()
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
