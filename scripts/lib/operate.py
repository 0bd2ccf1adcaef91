"""The body of `make deploy|register|secrets|drill|destroy` and of `scripts/ops`. The head of each script in scripts/ has its usage.

The settings are the environments of infra/samconfig.toml. The commands find AWS credentials as the AWS CLI does, in profiles too, and do
not need the CLI. No secret is ever an argument, output or part of an error; messages contain only the names of secrets.
"""

import argparse
import getpass
import json
import os
import re
import secrets as chance
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from catalog import catalog
from destroy import destroy
from drill import drill
from errors import CommandError
from parameters import changes, chosen, complete, for_sam

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra/template.yaml"
FUNCTIONS = ("Webhook", "Callback", "Generator", "Sender", "Refunder", "Sweeper")
LONGEST_SECRET = 512
# Name: (form, description of the form). shared/adapters/src/config/secrets.rs knows the same names and refuses any other.
SECRETS = {
    "TELEGRAM_BOT_TOKEN": (r"\d{3,20}:[A-Za-z0-9_-]{20,100}", "digits, a colon, letters, as @BotFather gave it"),
    "TELEGRAM_WEBHOOK_SECRET": (r"[A-Za-z0-9_-]{1,256}", "1-256 of A-Z a-z 0-9 _ -"),
    "KIE_API_KEY": (r"\S{8,}", "KIE's API key, without spaces"),
    "CALLBACK_SIGNING_KEY": (r"[0-9a-fA-F]{64,}", "64 hex digits or more"),
    "KIE_WEBHOOK_HMAC_KEY": (r"\S+", "the key of KIE's webhook settings"),
    "LLM_API_KEY": (r"\S+", "the key of the prompt writer at LlmApiUrl"),
}
OPTIONAL = {"KIE_WEBHOOK_HMAC_KEY", "LLM_API_KEY"}
OURS = {"TELEGRAM_WEBHOOK_SECRET", "CALLBACK_SIGNING_KEY"}  # no service issues them: `secrets` generates a missing one


@dataclass
class Stage:
    name: str
    region: str
    stack: str
    parameters: dict[str, str]  # those that infra/samconfig.toml sets

    @classmethod
    def named(cls, name: str) -> "Stage":
        settings = tomllib.loads((ROOT / "infra/samconfig.toml").read_text()).get(name)
        if not isinstance(settings, dict):
            raise CommandError(f"infra/samconfig.toml has no environment {name}: use one of its tables, such as dev or prod")
        deploy = settings["deploy"]["parameters"]
        parameters = chosen(deploy.get("parameter_overrides", []))
        return cls(name, settings["global"]["parameters"]["region"], deploy["stack_name"], parameters)

    @property
    def secrets_parameter(self) -> str:
        return self.parameters.get("SecretsParameter", "/neurocards/dev/secrets")


class Operator:
    def __init__(self, stage: Stage, session, fetch=None, run=subprocess.run, say=print, ask=input, sleep=time.sleep):
        self.stage, self.session = stage, session
        self.fetch, self.run, self.say, self.ask, self.sleep = fetch or _fetch, run, say, ask, sleep

    # ---- deploy, register

    def deploy(self, architecture: str) -> None:
        stage = self.stage
        # Before a build of minutes.
        parameters = complete({**stage.parameters, "Architecture": architecture}, TEMPLATE)
        overrides = for_sam(parameters)
        self._credentials()
        if self._secrets(decrypted=False) is None:
            raise CommandError(f"there are no secrets at {stage.secrets_parameter} yet. First: make secrets STAGE={stage.name}")
        self._do("build", ["scripts/build", architecture])
        if stack := self.stack():
            running = _parameters(stack)
            for change in changes(running, parameters):
                self.say(f"changes      {change}", flush=True)
            self._confirm_table(running.get("ExistingTable"), parameters["ExistingTable"])
        # On a build server no person can confirm. The rules of the build server decide who may start a deploy.
        unattended = ["--no-confirm-changeset"] if os.environ.get("CI") else []
        sam = [str(Path(sys.executable).parent / "sam"), "deploy", "--template", "infra/template.yaml", "--config-env", stage.name]
        self._do("sam deploy", [*sam, *unattended, "--parameter-overrides", *overrides])
        self.register()
        self.health()
        outputs = self.outputs()
        self.say(f"dashboard    {outputs['DashboardUrl']}")
        self.say(f"next         order a video from the bot, then make drill STAGE={stage.name} PERSON=<your Telegram id>")

    def _confirm_table(self, running: str | None, new: str) -> None:
        """A line `ExistingTable` that is missing by mistake, as in the checkout of a former commit, would put the sellers' credits aside."""
        if running and new != running:
            question = f"the stack would leave the table {running} with the sellers' credits. Type its name to go on: "
            if os.environ.get("CI") or self.ask(question).strip() != running:
                raise CommandError(f"nothing was deployed. To keep the table, add ExistingTable={running} to the stage's parameters")

    def register(self) -> None:
        outputs = self.outputs()
        self.say(f"stack        {self.stage.stack} in {self.stage.region}", flush=True)
        settings = {"SECRETS_PARAMETER": outputs["SecretsParameter"]}
        name = ["--bot-name", outputs["BotName"]] if outputs.get("BotName") else []
        if status := self.run_ops(settings, ["register", "--webhook-url", outputs["WebhookUrl"], *name]):
            raise CommandError(f"ops register failed with exit status {status}; its message is above")

    def ops(self, arguments: list[str]) -> int:
        """Runs `ops` with the settings of two deployed functions. Together they hold every setting that `ops` reads."""
        outputs, functions, settings = self.outputs(), self.session.client("lambda"), {}
        for function in ("Sender", "Refunder"):
            found = functions.get_function_configuration(FunctionName=outputs[f"{function}FunctionName"])
            settings |= found["Environment"]["Variables"]
        if not os.environ.get("OPS_AS") and (caller := self._caller()):
            settings["OPS_AS"] = caller
        return self.run_ops(settings, arguments)

    def _caller(self) -> str | None:
        """The operator as AWS names them: `user/olga`, `assumed-role/operators/olga`. The ledger stores it with the reason."""
        try:
            return self.session.client("sts").get_caller_identity()["Arn"].split(":", 5)[-1]
        except (BotoCoreError, ClientError):
            return None  # `ops` then uses the name of this machine's user

    def run_ops(self, settings: dict[str, str], arguments: list[str], **how):
        """Runs `ops`. Without `how` the result is its exit status, otherwise the finished process."""
        credentials = self._credentials()
        environment = {name: value for name, value in os.environ.items() if name != "AWS_SESSION_TOKEN"}
        environment |= settings | {
            "AWS_REGION": self.stage.region,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            **({"AWS_SESSION_TOKEN": credentials.token} if credentials.token else {}),
        }
        # `--bin ops`, not `--package ops`, which would build the AWS SDK once more with fewer features. The first build takes
        # minutes, so its progress is shown.
        built = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target", "debug", "ops").exists()
        command = ["cargo", "run", *(["--quiet"] if built else []), "--bin", "ops", "--", *arguments]
        try:
            done = self.run(command, cwd=ROOT, env=environment, **how)
            return done if how else done.returncode
        except FileNotFoundError as missing:
            raise CommandError("cargo is not installed: install Rust with rustup") from missing

    def health(self) -> None:
        """Prints one line: the webhook as Telegram sees it, KIE's credits, and whether the bot answers an update. A second line has
        the drift of the catalog."""
        outputs, parameters, held = self.outputs(), self.parameters(), self._secrets() or {}
        said, healthy = [], True
        telegram = f"{parameters['TelegramApiUrl']}/bot{held.get('TELEGRAM_BOT_TOKEN', '')}/getWebhookInfo"
        status, reply = self.fetch(telegram)
        info = _object(_object(reply).get("result"))
        if status == 200 and info.get("url") == outputs["WebhookUrl"]:
            error = f"last error: {info['last_error_message']}" if info.get("last_error_message") else "no error"
            said.append(f"webhook set, {info.get('pending_update_count', 0)} waiting, {error}")
        else:
            healthy = False
            said.append(f"WEBHOOK NOT SET (make register STAGE={self.stage.name})" if status == 200 else f"TELEGRAM {_answers(status)}")
        status, reply = self.fetch(f"{parameters['KieApiUrl']}/api/v1/chat/credit", {"Authorization": f"Bearer {held.get('KIE_API_KEY', '')}"})
        credit = _object(reply)
        if status == 200 and credit.get("code") == 200:
            said.append(f"KIE has {credit.get('data')} credits")
        else:
            healthy = False
            said.append(f"KIE {_answers(credit.get('code', status))}: is KIE_API_KEY right?")
        # The bot checks and reads an update of an unknown kind, and answers with an empty reply.
        began = time.monotonic()
        headers = {"X-Telegram-Bot-Api-Secret-Token": held.get("TELEGRAM_WEBHOOK_SECRET", ""), "Content-Type": "application/json"}
        status, _ = self.fetch(outputs["WebhookUrl"], headers, b'{"update_id":0}')
        if status == 200:
            said.append(f"a dry update was answered in {time.monotonic() - began:.1f} s")
        else:
            healthy = False
            answer = f"WAS ANSWERED {status}" if status else "WAS NOT ANSWERED"
            said.append(f"A DRY UPDATE {answer} (read the log of {outputs['WebhookFunctionName']})")
        self.say("health       " + "; ".join(said))
        self.say("catalog      " + catalog(self))
        if not healthy:
            raise CommandError("the stack is deployed, but a health check failed: the line above names it")

    # ---- secrets

    def put_secrets(self, given: dict) -> None:
        stage, held = self.stage, self._secrets() or {}
        for name, value in given.items():
            if name not in SECRETS:
                raise CommandError(f"the input names an unknown secret. The names are {', '.join(SECRETS)}")
            if not isinstance(value, str) or len(value) > LONGEST_SECRET:
                raise CommandError(f"{name} has to be a text of {LONGEST_SECRET} characters at most")
        merged = {**held, **{name: value.strip() for name, value in given.items()}}
        made_up = [name for name in OURS if not merged.get(name)]
        merged |= {name: chance.token_hex(32) for name in made_up}
        merged = {name: value for name, value in merged.items() if value}
        for name, (form, described) in SECRETS.items():
            if name in merged and not re.fullmatch(form, merged[name]):
                raise CommandError(f"{name} has to be {described}")
            if name not in merged and name not in OPTIONAL:
                raise CommandError(f"{name} is missing: {described}")
        if merged == held:
            self.say(f"secrets      nothing changes at {stage.secrets_parameter}")
            return
        put = self.session.client("ssm").put_parameter(
            Name=stage.secrets_parameter, Value=json.dumps(merged), Type="SecureString", Overwrite=True
        )
        changed = sorted(name for name in merged.keys() | held.keys() if merged.get(name) != held.get(name))
        self.say(f"secrets      version {put['Version']} at {stage.secrets_parameter}: {', '.join(changed)}")
        if made_up:
            self.say(f"generated    {', '.join(sorted(made_up))}")
        if self.stack() is None:
            self.say(f"next         make deploy STAGE={stage.name}")
            return
        self._restart(put["Version"])
        if {"TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET"} & set(changed):
            self.say(f"next         make register STAGE={stage.name}, at once: until then the bot refuses Telegram's updates; Telegram repeats them")

    def _restart(self, version: int) -> None:
        """Functions read the secrets when they start. A change of their settings restarts them."""
        outputs, functions = self.outputs(), self.session.client("lambda")
        for function in FUNCTIONS:
            functions.update_function_configuration(
                FunctionName=outputs[f"{function}FunctionName"], Description=f"reads version {version} of the secrets"
            )
        self.say("restarted    the six functions, so that they read the new secrets")

    # ---- destroy

    def destroy(self, table: str) -> None:
        destroy(self, table)

    def delete_webhook(self) -> None:
        """Stops Telegram from calling an address that no longer exists. Telegram keeps new updates for a day."""
        token = (self._secrets() or {}).get("TELEGRAM_BOT_TOKEN", "")
        status, _ = self.fetch(f"{self.parameters()['TelegramApiUrl']}/bot{token}/deleteWebhook", {}, b"")
        self.say("webhook      deleted at Telegram" if status == 200 else f"webhook      not deleted, Telegram answers {status}. Telegram goes on calling the deleted address")

    # ---- drill

    def drill(self, person: int) -> None:
        drill(self, person)

    # ---- AWS

    def _credentials(self):
        found = self.session.get_credentials()
        if found is None:
            raise NoCredentialsError
        return found.get_frozen_credentials()

    def stack(self) -> dict | None:
        try:
            return self.session.client("cloudformation").describe_stacks(StackName=self.stage.stack)["Stacks"][0]
        except ClientError as refused:
            if "does not exist" in str(refused):
                return None
            raise

    def _deployed(self) -> dict:
        stack = self.stack()
        if stack is None:
            raise CommandError(f"there is no stack {self.stage.stack} in {self.stage.region}. First: make deploy STAGE={self.stage.name}")
        return stack

    def outputs(self) -> dict[str, str]:
        stack = self._deployed()
        outputs = {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}
        if "WebhookUrl" not in outputs:
            raise CommandError(f"the stack {self.stage.stack} ({stack['StackStatus']}) has no outputs. make deploy STAGE={self.stage.name}")
        return outputs

    def parameters(self) -> dict[str, str]:
        return _parameters(self._deployed())

    def _secrets(self, decrypted: bool = True) -> dict[str, str] | None:
        ssm, name = self.session.client("ssm"), self.stage.secrets_parameter
        try:
            found = ssm.get_parameter(Name=name, WithDecryption=decrypted)["Parameter"]
        except ClientError as refused:
            if refused.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise
        if found["Type"] != "SecureString":
            raise CommandError(f"{name} is not a SecureString: delete it, then run make secrets STAGE={self.stage.name}")
        if not decrypted:
            return {}
        try:
            held = json.loads(found["Value"])
        except ValueError:
            held = None
        if not isinstance(held, dict):
            raise CommandError(f"{name} does not hold a JSON object: delete it, then run make secrets STAGE={self.stage.name}")
        return held

    def _do(self, what: str, command: list[str]) -> None:
        try:
            done = self.run(command, cwd=ROOT)
        except FileNotFoundError as missing:
            raise CommandError(f"{what}: {command[0]} is not installed. scripts/doctor lists what is missing") from missing
        if done.returncode:
            raise CommandError(f"{what} failed; its message is above")


def _parameters(stack: dict) -> dict[str, str]:
    return {it["ParameterKey"]: it["ParameterValue"] for it in stack.get("Parameters", [])}


def _fetch(url: str, headers: dict | None = None, body: bytes | None = None) -> tuple[int, object]:
    """Returns status and JSON; the status is 0 without an answer. It hides the error, whose text could contain the URL with its token."""
    request = urllib.request.Request(url, data=body, headers={**(headers or {}), "User-Agent": "neurocards"})
    try:
        with urllib.request.urlopen(request, timeout=40) as reply:
            status, text = reply.status, reply.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    except (OSError, ValueError):
        return 0, None
    try:
        return status, json.loads(text)
    except ValueError:
        return status, None


def _answers(status) -> str:
    return f"ANSWERS {status}" if status else "DOES NOT ANSWER"


def _object(value) -> dict:
    return value if isinstance(value, dict) else {}


def given_secrets(stdin) -> dict:
    """Reads one JSON object from a pipe or a file. At a terminal it asks for each secret and does not show it."""
    if stdin.isatty():
        print("Type or paste each secret; it is not shown. Enter alone keeps the present value.", file=sys.stderr)
        asked = {name: getpass.getpass(f"{name}{' (optional)' if name in OPTIONAL else ' (generated if empty)' if name in OURS else ''}: ") for name in SECRETS}
        return {name: value for name, value in asked.items() if value}
    try:
        given = json.load(stdin)
    except ValueError:
        raise CommandError("standard input is not JSON: pass one JSON object of secrets") from None
    if not isinstance(given, dict):
        raise CommandError("standard input is not a JSON object: pass one JSON object of secrets")
    return given


def main(arguments: list[str], session=None, **fakes) -> None:
    parser = argparse.ArgumentParser(prog="scripts")
    tasks = parser.add_subparsers(dest="task", required=True)
    for name in ("deploy", "register", "health", "secrets", "destroy", "drill", "ops"):
        # `ops` reads its own options, --help too.
        task = tasks.add_parser(name, **({"add_help": False, "prefix_chars": "\0"} if name == "ops" else {}))
        task.add_argument("stage")
        if name == "deploy":
            task.add_argument("architecture", choices=["arm64", "x86_64"])
        if name == "destroy":
            task.add_argument("table", choices=["keep", "delete"])
        if name == "drill":
            task.add_argument("person", type=int)
        if name == "ops":
            task.add_argument("arguments", nargs="*")
    given = parser.parse_args(arguments)
    stage = Stage.named(given.stage)
    operator = Operator(stage, session or boto3.Session(region_name=stage.region), **fakes)
    match given.task:
        case "deploy":
            operator.deploy(given.architecture)
        case "register":
            operator.register()
        case "health":
            operator.health()
        case "secrets":
            operator.put_secrets(given_secrets(sys.stdin))
        case "destroy":
            operator.destroy(given.table)
        case "drill":
            operator.drill(given.person)
        case "ops":
            sys.exit(operator.ops(given.arguments))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CommandError as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    except NoCredentialsError:
        sys.exit(f"{sys.argv[1]}: no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run 'aws configure'")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"{sys.argv[1]}: AWS refused a call: {error}")
    except (KeyboardInterrupt, EOFError):
        sys.exit(f"{sys.argv[1]}: stopped")
