"""What `make deploy|register|secrets|drill|destroy` and `scripts/ops` do, by the scripts of these names, which tell how each is called.

Settings are the environments of infra/samconfig.toml. AWS credentials are found as the AWS CLI finds them, profiles included;
the CLI itself is not needed. No secret is an argument, is printed, or is in an error: what is said of one is its name.
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

from destroy import destroy
from trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ("Webhook", "Callback", "Generator", "Sender", "Refunder", "Sweeper")
LONGEST_SECRET = 512
# The names the functions know (shared/adapters/src/config/secrets.rs refuses any other), and what each looks like.
SECRETS = {
    "TELEGRAM_BOT_TOKEN": (r"\d{3,20}:[A-Za-z0-9_-]{20,100}", "digits, a colon, letters, as @BotFather gave it"),
    "TELEGRAM_WEBHOOK_SECRET": (r"[A-Za-z0-9_-]{1,256}", "1-256 of A-Z a-z 0-9 _ -"),
    "KIE_API_KEY": (r"\S{8,}", "KIE's API key, without spaces"),
    "CALLBACK_SIGNING_KEY": (r"[0-9a-fA-F]{64,}", "64 hex digits or more"),
    "KIE_WEBHOOK_HMAC_KEY": (r"\S+", "the key of KIE's webhook settings"),
    "LLM_API_KEY": (r"\S+", "the key of the prompt writer at LlmApiUrl"),
}
OPTIONAL = {"KIE_WEBHOOK_HMAC_KEY", "LLM_API_KEY"}
OURS = {"TELEGRAM_WEBHOOK_SECRET", "CALLBACK_SIGNING_KEY"}  # nobody gives them to us: made up where they are missing


@dataclass
class Stage:
    name: str
    region: str
    stack: str
    parameters: dict[str, str]

    @classmethod
    def named(cls, name: str) -> "Stage":
        settings = tomllib.loads((ROOT / "infra/samconfig.toml").read_text()).get(name)
        if not isinstance(settings, dict):
            raise Trouble(f"infra/samconfig.toml has no environment {name}")
        deploy = settings["deploy"]["parameters"]
        chosen = dict(item.split("=", 1) for item in deploy.get("parameter_overrides", []))
        return cls(name, settings["global"]["parameters"]["region"], deploy["stack_name"], chosen)

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
        self._credentials()  # before a build of minutes
        if self._secrets(decrypted=False) is None:
            raise Trouble(f"there are no secrets at {stage.secrets_parameter} yet. First: make secrets STAGE={stage.name}")
        self._do("build", ["scripts/build", architecture])
        # They replace those of samconfig.toml as a whole, hence all of them.
        overrides = [f'{name}="{value}"' for name, value in {**stage.parameters, "Architecture": architecture}.items()]
        # On a build server nobody is there to confirm: who may start it is decided there.
        unattended = ["--no-confirm-changeset"] if os.environ.get("CI") else []
        sam = [str(Path(sys.executable).parent / "sam"), "deploy", "--template", "infra/template.yaml", "--config-env", stage.name]
        self._do("sam deploy", [*sam, *unattended, "--parameter-overrides", *overrides])
        self.register()
        self.health()
        outputs = self._outputs()
        self.say(f"dashboard    {outputs['DashboardUrl']}")
        self.say(f"next         order a video from the bot, then make drill STAGE={stage.name} PERSON=<your Telegram id>")

    def register(self) -> None:
        outputs = self._outputs()
        self.say(f"stack        {self.stage.stack} in {self.stage.region}", flush=True)
        settings = {"SECRETS_PARAMETER": outputs["SecretsParameter"]}
        if status := self._ops(settings, ["register", "--webhook-url", outputs["WebhookUrl"]]):
            raise Trouble(f"ops register failed ({status}), see above")

    def ops(self, arguments: list[str]) -> int:
        """With the very settings two of the functions run with: together they have all that `ops` reads."""
        outputs, functions, settings = self._outputs(), self.session.client("lambda"), {}
        for function in ("Sender", "Refunder"):
            found = functions.get_function_configuration(FunctionName=outputs[f"{function}FunctionName"])
            settings |= found["Environment"]["Variables"]
        if not os.environ.get("OPS_AS") and (caller := self._caller()):
            settings["OPS_AS"] = caller
        return self._ops(settings, arguments)

    def _caller(self) -> str | None:
        """Who asks, as AWS knows them: `user/olga`, `assumed-role/operators/olga`. It is written into the ledger beside a reason."""
        try:
            return self.session.client("sts").get_caller_identity()["Arn"].split(":", 5)[-1]
        except (BotoCoreError, ClientError):
            return None  # `ops` then says who is at this machine

    def _ops(self, settings: dict[str, str], arguments: list[str]) -> int:
        credentials = self._credentials()
        environment = {name: value for name, value in os.environ.items() if name != "AWS_SESSION_TOKEN"}
        environment |= settings | {
            "AWS_REGION": self.stage.region,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            **({"AWS_SESSION_TOKEN": credentials.token} if credentials.token else {}),
        }
        # By the name of the program, not of its package: that would build the AWS SDK once more, with fewer features. The
        # first build takes minutes and is shown.
        built = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target", "debug", "ops").exists()
        command = ["cargo", "run", *(["--quiet"] if built else []), "--bin", "ops", "--", *arguments]
        try:
            return self.run(command, cwd=ROOT, env=environment).returncode
        except FileNotFoundError as missing:
            raise Trouble("no cargo here: get Rust with rustup") from missing

    def health(self) -> None:
        """One line: the webhook as Telegram sees it, KIE's credits, and that an update is answered."""
        outputs, parameters, held = self._outputs(), self._parameters(), self._secrets() or {}
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
        # An update of a kind the bot does not know: it is checked, read, and answered with nothing.
        began = time.monotonic()
        headers = {"X-Telegram-Bot-Api-Secret-Token": held.get("TELEGRAM_WEBHOOK_SECRET", ""), "Content-Type": "application/json"}
        status, _ = self.fetch(outputs["WebhookUrl"], headers, b'{"update_id":0}')
        if status == 200:
            said.append(f"a dry update was answered in {time.monotonic() - began:.1f} s")
        else:
            healthy = False
            said.append(f"A DRY UPDATE WAS ANSWERED {status or 'BY NOBODY'} (log of {outputs['WebhookFunctionName']})")
        self.say("health       " + "; ".join(said))
        if not healthy:
            raise Trouble("deployed, but not well: see the line above")

    # ---- secrets

    def put_secrets(self, given: dict) -> None:
        stage, held = self.stage, self._secrets() or {}
        for name, value in given.items():
            if name not in SECRETS:
                raise Trouble(f"a name that is none of {', '.join(SECRETS)}")
            if not isinstance(value, str) or len(value) > LONGEST_SECRET:
                raise Trouble(f"{name} has to be a text of {LONGEST_SECRET} characters at most")
        merged = {**held, **{name: value.strip() for name, value in given.items()}}
        made_up = [name for name in OURS if not merged.get(name)]
        merged |= {name: chance.token_hex(32) for name in made_up}
        merged = {name: value for name, value in merged.items() if value}
        for name, (form, looks) in SECRETS.items():
            if name in merged and not re.fullmatch(form, merged[name]):
                raise Trouble(f"{name} has to be {looks}")
            if name not in merged and name not in OPTIONAL:
                raise Trouble(f"{name} is missing: {looks}")
        if merged == held:
            self.say(f"secrets      nothing changes at {stage.secrets_parameter}")
            return
        put = self.session.client("ssm").put_parameter(
            Name=stage.secrets_parameter, Value=json.dumps(merged), Type="SecureString", Overwrite=True
        )
        changed = sorted(name for name in merged.keys() | held.keys() if merged.get(name) != held.get(name))
        self.say(f"secrets      version {put['Version']} at {stage.secrets_parameter}: {', '.join(changed)}")
        if made_up:
            self.say(f"made up      {', '.join(sorted(made_up))}")
        if self.stack() is None:
            self.say(f"next         make deploy STAGE={stage.name}")
            return
        self._restart(put["Version"])
        if {"TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET"} & set(changed):
            self.say(f"next         make register STAGE={stage.name}, at once: until then Telegram's updates are refused, and come again")

    def _restart(self, version: int) -> None:
        """Functions read the secrets when they start; a change of their settings starts them anew."""
        outputs, functions = self._outputs(), self.session.client("lambda")
        for function in FUNCTIONS:
            functions.update_function_configuration(
                FunctionName=outputs[f"{function}FunctionName"], Description=f"reads version {version} of the secrets"
            )
        self.say("restarted    the six functions, so that they read them")

    # ---- destroy

    def destroy(self, table: str) -> None:
        destroy(self, table)

    def delete_webhook(self) -> None:
        """Else Telegram would go on calling an address that is gone. It keeps what is said meanwhile for a day."""
        token = (self._secrets() or {}).get("TELEGRAM_BOT_TOKEN", "")
        status, _ = self.fetch(f"{self._parameters()['TelegramApiUrl']}/bot{token}/deleteWebhook", {}, b"")
        self.say("webhook      deleted at Telegram" if status == 200 else f"webhook      not deleted, Telegram answers {status}: it will call in vain")

    # ---- drill

    def drill(self, person: int) -> None:
        stage, outputs, parameters = self.stage, self._outputs(), self._parameters()
        ledger = Ledger(self.session.client("dynamodb"), outputs["TableName"], person)
        before = ledger.balance()
        if before is None:
            raise Trouble(f"nobody with the id {person} is known. Send /start to the bot from the test account first")
        if before < 1:
            raise Trouble("the test account has no credits: ops grant gives some")
        known = ledger.entries()
        self.say(f"drill        a refund, for real, on {stage.stack}. The test account {person} has {before} credits")
        self.ask("1 of 2       From the test account order ONE video and confirm it. Press Enter when the bot has said yes: ")
        charges = [key for key, it in ledger.entries().items() if key not in known and it["kind"] == "charge"]
        if len(charges) != 1:
            raise Trouble(f"{len(charges)} new charges in the ledger, not one. Nothing else was done; begin again")
        job, price = charges[0].removeprefix("LEDGER#CHARGE#"), -ledger.entries()[charges[0]]["amount"]
        self.say(f"             charged {price}: job {job}, balance {ledger.balance()}")
        self.ask("2 of 2       Now block the bot in the test account, before the video comes. Press Enter when it is blocked: ")
        limit = sum(int(parameters[it]) for it in ("GenerationDeadlineSecs", "DeliveryDeadlineSecs", "LeaseSecs")) + 120
        self.say(f"             waiting for the refund: minutes as a rule, {limit // 60} at most", flush=True)
        settlement, until = None, time.monotonic() + limit
        while settlement is None:
            if time.monotonic() > until:
                raise Trouble(f"FAILED: the job {job} was not settled in time. docs/runbook.md, oldest-open-job")
            self.sleep(5)
            settlement = ledger.entries().get(f"LEDGER#SETTLEMENT#{job}")
        if settlement["kind"] == "capture":
            raise Trouble("the video had arrived before the bot was blocked: no refund was due. Unblock, and begin again")
        after, total = ledger.balance(), sum(it["amount"] for it in ledger.entries().values())
        wrong = [
            text
            for text, right in (
                (f"{settlement['amount']} came back, not {price}", settlement["amount"] == price),
                (f"the balance is {after}, it was {before}", after == before),
                (f"the ledger sums to {total}, the balance is {after}", total == after),
            )
            if not right
        ]
        if wrong:
            raise Trouble("FAILED: " + "; ".join(wrong) + ". docs/runbook.md, law-broken")
        self.say(f"PASSED       {price} came back ({settlement['note']}), the balance is {after} as before, and the ledger sums to it")
        self.say("             Unblock the bot. /balance and /videos in the test account show the same")

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
            raise Trouble(f"there is no stack {self.stage.stack} in {self.stage.region}. First: make deploy STAGE={self.stage.name}")
        return stack

    def _outputs(self) -> dict[str, str]:
        stack = self._deployed()
        outputs = {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}
        if "WebhookUrl" not in outputs:
            raise Trouble(f"the stack {self.stage.stack} ({stack['StackStatus']}) has no outputs. make deploy STAGE={self.stage.name}")
        return outputs

    def _parameters(self) -> dict[str, str]:
        return {it["ParameterKey"]: it["ParameterValue"] for it in self._deployed().get("Parameters", [])}

    def _secrets(self, decrypted: bool = True) -> dict[str, str] | None:
        ssm, name = self.session.client("ssm"), self.stage.secrets_parameter
        try:
            found = ssm.get_parameter(Name=name, WithDecryption=decrypted)["Parameter"]
        except ClientError as refused:
            if refused.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise
        if found["Type"] != "SecureString":
            raise Trouble(f"{name} is no SecureString: delete it, and make secrets STAGE={self.stage.name}")
        if not decrypted:
            return {}
        try:
            held = json.loads(found["Value"])
        except ValueError:
            held = None
        if not isinstance(held, dict):
            raise Trouble(f"{name} holds no JSON object: delete it, and make secrets STAGE={self.stage.name}")
        return held

    def _do(self, what: str, command: list[str]) -> None:
        try:
            done = self.run(command, cwd=ROOT)
        except FileNotFoundError as missing:
            raise Trouble(f"{what}: no {command[0]} here. scripts/doctor says what is missing") from missing
        if done.returncode:
            raise Trouble(f"{what} failed, see above")


class Ledger:
    """One person's entries and balance, as they are stored (shared/adapters/src/table/items.rs)."""

    def __init__(self, database, table: str, person: int):
        self.database, self.table, self.partition = database, table, {"S": f"USER#{person}"}

    def balance(self) -> int | None:
        found = self.database.get_item(TableName=self.table, Key={"pk": self.partition, "sk": {"S": "PROFILE"}}, ConsistentRead=True)
        return int(found["Item"]["balance"]["N"]) if "Item" in found else None

    def entries(self) -> dict[str, dict]:
        entries, start = {}, {}
        while True:
            page = self.database.query(
                TableName=self.table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": self.partition, ":prefix": {"S": "LEDGER#"}},
                **start,
            )
            for it in page["Items"]:
                entries[it["sk"]["S"]] = {"kind": it["kind"]["S"], "amount": int(it["amount"]["N"]), "note": it.get("note", {}).get("S", "")}
            if "LastEvaluatedKey" not in page:
                return entries
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _fetch(url: str, headers: dict | None = None, body: bytes | None = None) -> tuple[int, object]:
    """Status and JSON; 0 where nobody answered. No error of it is shown: it could have the address, and that a token, in it."""
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
    """One JSON object from a pipe or a file; at a terminal each is asked for, and not shown."""
    if stdin.isatty():
        print("Typed or pasted, not shown. Enter alone keeps what is there.", file=sys.stderr)
        asked = {name: getpass.getpass(f"{name}{' (optional)' if name in OPTIONAL else ' (made up if empty)' if name in OURS else ''}: ") for name in SECRETS}
        return {name: value for name, value in asked.items() if value}
    try:
        given = json.load(stdin)
    except ValueError:
        raise Trouble("standard input is no JSON") from None
    if not isinstance(given, dict):
        raise Trouble("standard input is no JSON object")
    return given


def main(arguments: list[str], session=None, **world) -> None:
    parser = argparse.ArgumentParser(prog="scripts")
    tasks = parser.add_subparsers(dest="task", required=True)
    for name in ("deploy", "register", "health", "secrets", "destroy", "drill", "ops"):
        # `ops` tells its own options, --help too.
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
    operator = Operator(stage, session or boto3.Session(region_name=stage.region), **world)
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
    except Trouble as trouble:
        sys.exit(f"{sys.argv[1]}: {trouble}")
    except NoCredentialsError:
        sys.exit(f"{sys.argv[1]}: no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run 'aws configure'")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"{sys.argv[1]}: AWS said no: {error}")
    except (KeyboardInterrupt, EOFError):
        sys.exit(f"{sys.argv[1]}: stopped")
