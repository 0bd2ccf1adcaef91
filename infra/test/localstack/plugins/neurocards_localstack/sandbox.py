"""One function process and its own Lambda Runtime API.

The protocol is AWS's custom-runtime interface, version 2018-06-01. The process calls GET /runtime/invocation/next, which
waits for an invocation. It answers with POST /runtime/invocation/<id>/response or .../error, or with /runtime/init/error.
"""

import atexit
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException

RUNTIME = "/2018-06-01/runtime/"
KILL_WAIT_SECS = 5

# One thread that lives as long as LocalStack forks all processes. The parent-death signal follows the forking *thread*, so
# a process forked by a pool thread would be killed when that thread ends.
_SPAWNER = ThreadPoolExecutor(1, thread_name_prefix="lambda-spawn")
# Linux only: with setpriv the process dies with LocalStack, even after a SIGKILL. On other systems `stop` ends the processes.
_SETPRIV = shutil.which("setpriv")
_LIVE: "weakref.WeakSet[Sandbox]" = weakref.WeakSet()


def fault(error_type: str, message: str) -> bytes:
    """The payload of an error that Lambda reports for a function that could not report its own."""
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


@dataclass(frozen=True)
class Outcome:
    is_error: bool
    payload: bytes


class Sandbox:
    """Starts the process at once. `ready` resolves at the first /next of the process, or fails with StatusErrorException."""

    def __init__(self, code_dir: str, env: dict[str, str]):
        self.ready: Future[bool] = Future()
        self._bootstrap = os.path.join(code_dir, "bootstrap")
        self._bootstrap_mtime_ns = os.stat(self._bootstrap).st_mtime_ns
        self._inbox: queue.Queue = queue.Queue()  # (body, headers) for /next; None when the process is gone
        self._lock = threading.Lock()  # guards the three fields below: the process can die at any time
        self._request_id: str | None = None
        self._outcome: Future[Outcome] | None = None
        self._exit_text: str | None = None
        self._output = tempfile.NamedTemporaryFile(prefix="lambda-output-", buffering=0)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _RuntimeApi)
        self._server.daemon_threads, self._server.block_on_close = True, False
        self._server.sandbox = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            self.process = self._spawn(code_dir, {**env, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}"})
        except BaseException:
            self._close_server()
            raise
        _LIVE.add(self)
        threading.Thread(target=self._await_exit, daemon=True).start()

    def _spawn(self, code_dir: str, env: dict[str, str]) -> subprocess.Popen:
        command = [self._bootstrap]
        if _SETPRIV:  # setpriv executes the bootstrap in its own process, so the process id stays the same
            command = [_SETPRIV, "--pdeathsig", "KILL", "--", *command]
        # In append mode take_output can truncate the file while the process writes.
        with open(self._output.name, "ab", buffering=0) as out:
            return _SPAWNER.submit(
                subprocess.Popen, command, cwd=code_dir, env=env,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            ).result()  # fmt: skip

    def _await_exit(self) -> None:
        code = self.process.wait()
        if code == 0:
            text = "Runtime exited without providing a reason"
        elif code > 0:
            text = f"Runtime exited with error: exit status {code}"
        else:
            text = f"Runtime exited with error: signal: {signal.strsignal(-code).lower()}"
        with self._lock:
            self._exit_text = text
            request_id, outcome = self._request_id, self._outcome
        payload = fault("Runtime.ExitError", f"RequestId: {request_id or '-'} Error: {text}")
        _settle(self.ready, error=StatusErrorException("the process exited during init", payload=payload))
        if outcome:
            _settle(outcome, Outcome(True, payload))
        self._inbox.put(None)
        self._close_server()

    def _close_server(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def usable(self) -> bool:
        """Whether the process lives and its binary on disk is unchanged."""
        try:
            return self.process.poll() is None and os.stat(self._bootstrap).st_mtime_ns == self._bootstrap_mtime_ns
        except OSError:
            return False

    def begin(self, request_id: str, body: bytes, headers: dict[str, str]) -> Future[Outcome]:
        """Hands one invocation to the process. The future also resolves if the process dies."""
        outcome: Future[Outcome] = Future()
        with self._lock:
            self._request_id, self._outcome = request_id, outcome
            exit_text = self._exit_text
        if exit_text:  # the process died between two invocations
            outcome.set_result(Outcome(True, fault("Runtime.ExitError", f"RequestId: {request_id} Error: {exit_text}")))
        else:
            self._inbox.put((body, headers))
        return outcome

    def cancel(self) -> None:
        """Ends the process when LocalStack removes the environment, and cancels the futures on which callers wait."""
        self.ready.cancel()
        if self._outcome:
            self._outcome.cancel()
        self.kill()

    def kill(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(KILL_WAIT_SECS)

    def take_output(self) -> str:
        """The output of the process since the last call."""
        size = os.fstat(self._output.fileno()).st_size
        data = os.pread(self._output.fileno(), size, 0)
        os.ftruncate(self._output.fileno(), 0)
        return data.decode("utf-8", "replace")

    # -- called by the Runtime API -----------------------------------------------------------------------------

    def next_invocation(self) -> tuple[bytes, dict[str, str]] | None:
        _settle(self.ready, True)
        return self._inbox.get()

    def init_failed(self, payload: bytes) -> None:
        _settle(self.ready, error=StatusErrorException("the function reported an init error", payload=payload))

    def finish(self, request_id: str, outcome: Outcome) -> bool:
        """False for an answer without a waiting invocation: a stale request id, or a second answer."""
        with self._lock:
            expected, waiting = self._request_id, self._outcome
        return waiting is not None and request_id == expected and _settle(waiting, outcome)


def _settle(future: Future, result=None, error: Exception | None = None) -> bool:
    """Resolves the future and returns True, unless the future is already resolved or cancelled."""
    try:
        future.set_exception(error) if error else future.set_result(result)
        return True
    except Exception:  # InvalidStateError: already settled or cancelled
        return False


class _RuntimeApi(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # buffers an answer into one packet: unbuffered, each header line costs 40 ms with delayed ACKs

    @property
    def sandbox(self) -> Sandbox:
        return self.server.sandbox

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path != f"{RUNTIME}invocation/next":
            return self._answer(404)
        invocation = self.sandbox.next_invocation()
        return self._answer(500) if invocation is None else self._answer(200, *invocation)

    def do_POST(self):
        body = self._read_body()
        match self.path.removeprefix(RUNTIME).split("/"):
            case ["init", "error"]:
                self.sandbox.init_failed(body)
            case ["invocation", request_id, ("response" | "error") as kind]:
                if not self.sandbox.finish(request_id, Outcome(kind == "error", body)):
                    return self._answer(400, fault("InvalidRequestID", "Invalid request ID"))
            case _:
                return self._answer(404)
        self._answer(202, b'{"status":"OK"}')

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _read_body(self) -> bytes:
        """Reads the body, also a chunked one: the Rust runtime client sends those, and http.server does not decode them."""
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return body


@atexit.register
def _kill_all() -> None:
    for sandbox in list(_LIVE):
        if sandbox.process.poll() is None:
            sandbox.kill()
