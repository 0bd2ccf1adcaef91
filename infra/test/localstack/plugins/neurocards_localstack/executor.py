"""Runs the `bootstrap` of provided.* functions as a child process instead of a container.

LAMBDA_RUNTIME_EXECUTOR=process selects this executor. One executor is one execution environment of LocalStack and has at
most one live process. The next invocation replaces a process that timed out or died, or whose binary or endpoint changed,
as Lambda does.
"""

import logging
import time
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import ShutdownDuringStartup, StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

from . import activity
from .sandbox import Outcome, Sandbox, fault

LOG = logging.getLogger(__name__)

# A function gets these variables and those that LocalStack computes (AWS_REGION, credentials, AWS_ENDPOINT_URL, the template's
# variables and others). It gets no variable of the machine's own environment.
BASE_ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "en_US.UTF-8"}


class ProcessRuntimeExecutor(RuntimeExecutor):
    _env: dict[str, str]
    _sandbox: Sandbox | None = None
    _endpoint: str | None = None

    # -- lifecycle, called by LocalStack --------------------------------------------------------------------------

    def start(self, env_vars: dict[str, str]) -> None:
        runtime = self.function_version.config.runtime or ""
        if not runtime.startswith("provided"):
            raise LambdaRuntimeException(f"the process executor runs provided.* functions only, not {runtime!r}")
        self._env = {name: str(value) for name, value in env_vars.items()}
        self._start_process()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request_id, restart_note = payload["invoke-id"], ""
        if not self._sandbox.usable or self._endpoint != activity.endpoint(self._function_name):
            self._sandbox.kill()
            began = time.monotonic()
            try:
                self._start_process()
            except StatusErrorException as e:
                return InvocationResult(request_id, e.payload, is_error=True, logs=self.get_logs())
            restart_note = f"\tRestart Duration: {_ms_since(began)} ms"

        began = time.monotonic()
        with activity.invocation(self._function_name, request_id, self._sandbox.process.pid):
            outcome, timeout_note = self._run(payload)
        return InvocationResult(
            request_id,
            outcome.payload,
            is_error=outcome.is_error,
            logs=(
                f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n"
                f"{self.get_logs().rstrip()}\n{timeout_note}"
                f"END RequestId: {request_id}\n"
                f"REPORT RequestId: {request_id}\tDuration: {_ms_since(began)} ms{restart_note}\n"
            ),
        )

    def stop(self) -> None:
        if self._sandbox:
            self._sandbox.cancel()

    def get_logs(self) -> str:
        text = self._sandbox.take_output() if self._sandbox else ""
        activity.record_output(self._function_name, text)
        return text

    # -- ours -----------------------------------------------------------------------------------------------------

    @property
    def _function_name(self) -> str:
        return self.function_version.id.function_name

    def _start_process(self) -> None:
        code_dir = str(self.function_version.config.code.get_unzipped_code_location())
        self._endpoint = activity.endpoint(self._function_name)
        proxied = {"AWS_ENDPOINT_URL": self._endpoint} if self._endpoint else {}
        self._sandbox = Sandbox(code_dir, {**BASE_ENV, **self._env, **proxied, "LAMBDA_TASK_ROOT": code_dir})
        try:
            self._sandbox.ready.result()  # LocalStack calls stop() when its own start-up limit passes
        except CancelledError as e:
            raise ShutdownDuringStartup("stopped during startup") from e
        except StatusErrorException:
            LOG.warning("%s failed to initialise:\n%s", self._function_name, self.get_logs())
            self._sandbox.kill()
            raise

    def _run(self, payload: dict[str, str]) -> tuple[Outcome, str]:
        """The outcome, and the line that Lambda logs after a time-out."""
        limit_secs = float(self.function_version.config.timeout)
        pending = self._sandbox.begin(
            payload["invoke-id"],
            payload["payload"].encode(),
            {
                "Lambda-Runtime-Aws-Request-Id": payload["invoke-id"],
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + limit_secs) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": payload["invoked-function-arn"],
                "Lambda-Runtime-Trace-Id": payload["trace-id"],
            },
        )
        try:
            return pending.result(limit_secs), ""
        except FutureTimeout:
            self._sandbox.kill()
            text = f"RequestId: {payload['invoke-id']} Error: Task timed out after {limit_secs:.2f} seconds"
            return Outcome(True, fault("Sandbox.Timedout", text)), f"{text}\n"

    # -- the rest of LocalStack's interface: addresses at which a function reaches LocalStack -----------------------------------

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:  # unused: LocalStack's own containers would call it
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version) -> None:
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version) -> None:
        pass


def _ms_since(began: float) -> str:
    return f"{(time.monotonic() - began) * 1000:.2f}"


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        return ProcessRuntimeExecutor
