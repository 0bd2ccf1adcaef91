"""Writes files that tests read: the invocations of each function, its busy processes and its output.

The files are in the folder LAMBDA_PROCESS_ACTIVITY_DIR. If the variable is unset, the plugin writes no file.

    invocations.log     one line for each invocation that began: "<unix ms>\t<function>\t<request id>"
    pids/<function>     ids of the processes that run an invocation, one a line, oldest first;
                        the file exists only while there is such a process
    output/<function>   everything the function wrote to stdout and stderr

A test may write one file, before a function starts or between two invocations:

    endpoints/<function>  the AWS_ENDPOINT_URL of the function's next process: a proxy in front of LocalStack
"""

import os
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(os.environ["LAMBDA_PROCESS_ACTIVITY_DIR"]) if os.environ.get("LAMBDA_PROCESS_ACTIVITY_DIR") else None
_LOCK = threading.Lock()
_busy: dict[str, list[int]] = defaultdict(list)

if _ROOT:
    (_ROOT / "pids").mkdir(parents=True, exist_ok=True)
    (_ROOT / "output").mkdir(exist_ok=True)


@contextmanager
def invocation(function: str, request_id: str, pid: int):
    """Counts an invocation when it begins, and lists its process as busy until the invocation ends."""
    if _ROOT is None:
        yield
        return
    with _LOCK:
        with open(_ROOT / "invocations.log", "a") as log:
            log.write(f"{time.time_ns() // 1_000_000}\t{function}\t{request_id}\n")
        _busy[function].append(pid)
        _publish(function)
    try:
        yield
    finally:
        with _LOCK:
            _busy[function].remove(pid)
            _publish(function)


def endpoint(function: str) -> str | None:
    """The endpoint that a test set for this function; None means LocalStack itself."""
    try:
        return (_ROOT / "endpoints" / function).read_text().strip() if _ROOT else None
    except FileNotFoundError:
        return None


def record_output(function: str, text: str) -> None:
    if _ROOT is not None and text:
        with _LOCK, open(_ROOT / "output" / function, "a") as out:
            out.write(text if text.endswith("\n") else text + "\n")


def _publish(function: str) -> None:
    """Writes the list of busy processes. It replaces the file in one step, so a reader never sees half a list."""
    path = _ROOT / "pids" / function
    if not _busy[function]:
        path.unlink(missing_ok=True)
        return
    draft = path.with_name(f".{function}.new")
    draft.write_text("".join(f"{pid}\n" for pid in _busy[function]))
    draft.replace(path)
