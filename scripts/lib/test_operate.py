"""Tests the operator's commands against a fake AWS, Telegram and KIE: their calls, the order of the calls, and that no secret shows."""

import io
import json
import subprocess
import unittest
from types import SimpleNamespace
from unittest import mock

import yaml
from botocore.exceptions import ClientError
from samcli.cli.types import CfnParameterOverridesType

import operate
from drill import Ledger
from errors import CommandError
from operate import Operator, Stage

TOKEN, WEBHOOK_SECRET, KIE_KEY = "123456:" + "t" * 30, "webhook-secret-0123", "kie-key-0123456789"
HELD = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET, "KIE_API_KEY": KIE_KEY, "CALLBACK_SIGNING_KEY": "ab" * 32}
URL = "https://bot.example/"
HEALTHY = {
    "getWebhookInfo": (200, {"ok": True, "result": {"url": URL, "pending_update_count": 2}}),
    "credit": (200, {"code": 200, "data": 4321}),
    URL: (200, None),
    "deleteWebhook": (200, {"ok": True}),
}
# The answer of `ops --json catalog check`.
NO_DRIFT = json.dumps({"rows": [{}] * 6, "differences": 0, "warnings": 0, "not_compared": 0, "notes": 2})


class Aws:
    """A fake account with a stack, a parameter and a table. It records every call that changes something."""

    def __init__(self, deployed=True, held=HELD, set_by=None):
        self.deployed, self.held, self.calls, self.items, self.due = deployed, held, [], {}, 0
        self.parameters = {"TelegramApiUrl": "https://telegram", "KieApiUrl": "https://kie", **(set_by or {})}
        self.parameters |= {"GenerationDeadlineSecs": "1800", "DeliveryDeadlineSecs": "900", "LeaseSecs": "120"}
        self.own_table, self.deleting = "table", ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]

    def get_credentials(self):
        return SimpleNamespace(get_frozen_credentials=lambda: SimpleNamespace(access_key="id", secret_key="key", token=None))

    def client(self, service):
        return self  # their methods have different names

    def describe_stacks(self, StackName):
        if not self.deployed:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": f"{StackName} does not exist"}}, "DescribeStacks")
        outputs = {"WebhookUrl": URL, "TableName": "table", "MediaBucket": "bucket", "SecretsParameter": "/p", "DashboardUrl": "https://dashboard/"}
        outputs |= {f"{function}FunctionName": f"x-{function.lower()}" for function in operate.FUNCTIONS}
        gone = any(call[0] == "delete_stack" for call in self.calls)
        status = self.deleting.pop(0) if gone else "CREATE_COMPLETE"
        listed = lambda of, kind: [{f"{kind}Key": key, f"{kind}Value": value} for key, value in of.items()]
        return {"Stacks": [{"StackId": "id", "StackStatus": status, "Outputs": listed(outputs, "Output"), "Parameters": listed(self.parameters, "Parameter")}]}

    def get_parameter(self, Name, WithDecryption):
        if self.held is None:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": Name}}, "GetParameter")
        return {"Parameter": {"Type": "SecureString", "Value": json.dumps(self.held) if WithDecryption else "sealed"}}

    def put_parameter(self, Name, Value, Type, Overwrite):
        self.held = json.loads(Value)
        self.calls.append(("put_parameter", Name, Type))
        return {"Version": 7}

    def update_function_configuration(self, FunctionName, Description):
        self.calls.append(("restart", FunctionName))

    def get_function_configuration(self, FunctionName):
        return {"Environment": {"Variables": {"TABLE_NAME": "table", **({"MEDIA_BUCKET": "bucket"} if FunctionName == "x-sender" else {})}}}

    def delete_stack(self, StackName):
        self.calls.append(("delete_stack", StackName))

    def describe_stack_resource(self, StackName, LogicalResourceId):
        return {"StackResourceDetail": {"PhysicalResourceId": self.own_table}}

    def describe_stack_events(self, StackName):
        failed = {"LogicalResourceId": "SendQueue", "ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "it is held"}
        return {"StackEvents": [failed, {"LogicalResourceId": "Alarm", "ResourceStatus": "DELETE_COMPLETE"}]}

    def get_paginator(self, name):
        return SimpleNamespace(paginate=lambda **_: [{"Contents": [{"Key": "photos/1"}]}, {}])

    def delete_objects(self, Bucket, Delete):
        self.calls += [("delete_object", Bucket, it["Key"]) for it in Delete["Objects"]]
        return {}

    def delete_bucket(self, Bucket):
        self.calls.append(("delete_bucket", Bucket))

    def get_caller_identity(self):
        return {"Arn": "arn:aws:sts::123456789012:assumed-role/operators/olga"}

    def describe_table(self, TableName):
        if self.own_table is None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": TableName}}, "DescribeTable")

    def delete_table(self, TableName):
        self.calls.append(("delete_table", TableName))

    def scan(self, TableName, IndexName, Select):
        return {"Count": self.due}

    def get_item(self, TableName, Key, ConsistentRead):
        found = self.items.get(Key["sk"]["S"])
        return {"Item": found} if found else {}

    def query(self, **asked):
        # Each page has one item, so that the tests need paging.
        keys = sorted(key for key in self.items if key.startswith("LEDGER#"))
        start = asked.get("ExclusiveStartKey")
        at = keys.index(start) + 1 if start else 0
        page = {"Items": [self.items[key] for key in keys[at : at + 1]]}
        return page | ({"LastEvaluatedKey": keys[at]} if at + 1 < len(keys) else {})

    def write(self, kind, key, amount):
        self.items[f"LEDGER#{key}"] = {"sk": {"S": f"LEDGER#{key}"}, "kind": {"S": kind}, "amount": {"N": str(amount)}, "note": {"S": "unreachable"}}
        balance = sum(int(it["amount"]["N"]) for at, it in self.items.items() if at.startswith("LEDGER#"))
        self.items["PROFILE"] = {"balance": {"N": str(balance)}}


class Commands(unittest.TestCase):
    def operator(self, aws, replies=HEALTHY, answers=(), returns=0, sleep=lambda _: None, stage="dev", checked=NO_DRIFT):
        self.said, self.ran, self.fetched = [], [], []

        def fetch(url, headers=None, body=None):
            self.fetched.append((url, headers or {}, body))
            return next(reply for part, reply in replies.items() if part in url)

        def run(command, cwd, env=None, **how):
            self.ran.append((command, env))
            return SimpleNamespace(returncode=returns, stdout=checked if how else None)

        def ask(question):
            answer = next(waiting)
            return answer() or "" if callable(answer) else answer

        waiting = iter(answers)
        say = lambda text, **_: self.said.append(text)
        return Operator(Stage.named(stage), aws, fetch=fetch, run=run, say=say, ask=ask, sleep=sleep)

    def shown(self):
        text = "\n".join(self.said)
        for secret in HELD.values():
            self.assertNotIn(secret, text)
        for command, _ in self.ran:
            self.assertFalse(any(secret in argument for secret in HELD.values() for argument in command))
        return text

    # ---- deploy

    def test_deploying_builds_deploys_registers_and_checks_the_health(self):
        with mock.patch.dict("os.environ", {}, clear=True):
            self.operator(Aws()).deploy("x86_64")
        commands = [command for command, _ in self.ran]
        self.assertEqual(commands[0], ["scripts/build", "x86_64"])
        self.assertEqual(commands[1][1:6], ["deploy", "--template", "infra/template.yaml", "--config-env", "dev"])
        self.assertIn('ParameterKey=Architecture,ParameterValue="x86_64"', commands[1])
        self.assertNotIn("--no-confirm-changeset", commands[1])
        self.assertEqual(commands[2][-3:], ["register", "--webhook-url", URL])
        self.assertIn("webhook set, 2 waiting, no error; KIE has 4321 credits; a dry update was answered", self.shown())
        [(_, headers, body)] = [call for call in self.fetched if call[0] == URL]
        self.assertEqual((headers["X-Telegram-Bot-Api-Secret-Token"], json.loads(body)), (WEBHOOK_SECRET, {"update_id": 0}))

    def test_a_deploy_sends_every_parameter_so_a_removed_line_brings_back_the_default(self):
        # The running stack has an operator that infra/samconfig.toml does not name. SAM keeps what it is not given.
        self.operator(Aws(set_by={"AdminIds": "7, 8"})).deploy("arm64")
        sent = CfnParameterOverridesType().convert(tuple(self.ran[1][0][self.ran[1][0].index("--parameter-overrides") + 1 :]), None, None)
        with (operate.ROOT / "infra/template.yaml").open() as template:
            self.assertEqual(sent.keys(), yaml.load(template, yaml.BaseLoader)["Parameters"].keys())
        self.assertEqual((sent["AdminIds"], sent["WelcomeCredits"], sent["LogRetentionDays"]), ("", "2", "7"))
        self.assertIn('changes      AdminIds was "7, 8", becomes ""', self.shown())

    def test_a_misspelt_parameter_is_named_before_the_build(self):
        operator = self.operator(Aws())
        operator.stage.parameters["AdminId"] = "7"
        with self.assertRaisesRegex(CommandError, "template.yaml has no parameter AdminId:"):
            operator.deploy("arm64")
        self.assertEqual(self.ran, [])

    def test_a_restored_table_is_left_only_when_its_name_is_typed(self):
        for answers, variables, deployed in ((["restored"], {}, True), (["yes"], {}, False), ([], {"CI": "true"}, False)):
            operator = self.operator(Aws(set_by={"ExistingTable": "restored"}), answers=answers)
            with self.subTest(answers), mock.patch.dict("os.environ", variables, clear=True):
                if deployed:
                    operator.deploy("arm64")
                else:
                    with self.assertRaisesRegex(CommandError, "add ExistingTable=restored to the stage's parameters"):
                        operator.deploy("arm64")
            self.assertEqual(any("deploy" in command for command, _ in self.ran), deployed)
        kept = self.operator(Aws(set_by={"ExistingTable": "restored"}))
        kept.stage.parameters["ExistingTable"] = "restored"
        kept.deploy("arm64")

    def test_a_build_server_is_not_asked_to_confirm(self):
        with mock.patch.dict("os.environ", {"CI": "true"}):
            self.operator(Aws(), stage="prod").deploy("arm64")
        self.assertIn("--no-confirm-changeset", self.ran[1][0])

    def test_without_secrets_nothing_is_built(self):
        with self.assertRaisesRegex(CommandError, "make secrets STAGE=dev"):
            self.operator(Aws(held=None)).deploy("arm64")
        self.assertEqual(self.ran, [])

    def test_a_failed_build_stops_the_deploy(self):
        with self.assertRaisesRegex(CommandError, "build failed"):
            self.operator(Aws(), returns=1).deploy("arm64")
        self.assertEqual(len(self.ran), 1)

    def test_a_failed_health_check_is_named_and_fails_the_command(self):
        for part, reply, named in (
            ("getWebhookInfo", (200, {"result": {"url": "https://elsewhere/"}}), "WEBHOOK NOT SET"),
            ("getWebhookInfo", (0, None), "TELEGRAM DOES NOT ANSWER"),
            ("credit", (200, {"code": 401}), "KIE ANSWERS 401"),
            (URL, (502, None), "A DRY UPDATE WAS ANSWERED 502"),
        ):
            with self.subTest(named), self.assertRaises(CommandError):
                self.operator(Aws(), {**HEALTHY, part: reply}).health()
            self.assertIn(named, self.shown())

    def test_the_catalog_line_counts_the_drift_and_never_fails(self):
        count = lambda **counts: json.dumps({**json.loads(NO_DRIFT), **counts})
        see = "see scripts/ops dev catalog check"
        for returns, checked, line in (
            (0, NO_DRIFT, "6 rows, no drift"),
            (0, count(differences=2), f"2 differences, {see}"),
            (0, count(differences=1, not_compared=3), f"1 difference, 3 not compared, {see}"),
            (0, count(warnings=1), f"6 rows, no drift, 1 warning, {see}"),
            (0, "no JSON", f"not compared with KIE: the answer of ops is unreadable, {see}"),
            (0, "[]", f"not compared with KIE: the answer of ops is unreadable, {see}"),
            (2, "", f"not compared with KIE: ops ended with 2, {see}"),
        ):
            with self.subTest(line):
                self.operator(Aws(), returns=returns, checked=checked).health()
                self.assertEqual(self.said[-1], f"catalog      {line}")
                self.assertEqual(self.ran[-1][0][-3:], ["--json", "catalog", "check"])
                self.assertEqual((self.ran[-1][1]["SECRETS_PARAMETER"], self.ran[-1][1]["KIE_API_URL"]), ("/p", "https://kie"))
                self.shown()

    def test_a_catalog_check_that_hangs_or_cannot_start_is_named(self):
        for error, named in ((subprocess.TimeoutExpired("ops", 240), "no answer within 240 s"), (FileNotFoundError(), "cargo is not installed")):
            operator = self.operator(Aws())
            operator.run = mock.Mock(side_effect=error)
            operator.health()
            self.assertIn(f"catalog      not compared with KIE: {named}", self.said[-1])

    def test_ops_gets_the_settings_of_the_functions_and_its_own_arguments(self):
        self.operator(Aws())
        run = lambda command, cwd, env: self.ran.append((command, env)) or SimpleNamespace(returncode=1)
        with self.assertRaises(SystemExit) as ended:
            operate.main(["ops", "dev", "--json", "ledger", "7", "--help"], session=Aws(), run=run)
        [(command, environment)] = self.ran
        self.assertEqual((ended.exception.code, command[-5:]), (1, ["--", "--json", "ledger", "7", "--help"]))
        self.assertEqual((environment["TABLE_NAME"], environment["MEDIA_BUCKET"], environment["AWS_REGION"]), ("table", "bucket", "us-east-1"))

    def test_ops_gets_the_callers_name_unless_ops_as_names_one(self):
        for variables, expected in (({}, "assumed-role/operators/olga"), ({"OPS_AS": "Olga"}, "Olga")):
            operator = self.operator(Aws())
            with mock.patch.dict("os.environ", variables, clear=True):
                operator.ops(["grant"])
            self.assertEqual(self.ran[0][1]["OPS_AS"], expected)

    # ---- secrets

    def test_one_secret_is_rotated_alone_and_running_functions_read_it(self):
        aws = Aws()
        self.operator(aws).put_secrets({"KIE_API_KEY": "another-key-of-kie"})
        self.assertEqual(aws.held, {**HELD, "KIE_API_KEY": "another-key-of-kie"})
        self.assertEqual(aws.calls[0], ("put_parameter", "/neurocards/dev/secrets", "SecureString"))
        self.assertEqual(len([call for call in aws.calls if call[0] == "restart"]), 6)
        self.assertIn("version 7", self.shown())
        self.assertNotIn("another-key-of-kie", self.shown())

    def test_our_own_secrets_are_generated_the_first_time(self):
        aws = Aws(deployed=False, held=None)
        self.operator(aws).put_secrets({"TELEGRAM_BOT_TOKEN": TOKEN, "KIE_API_KEY": KIE_KEY})
        self.assertRegex(aws.held["CALLBACK_SIGNING_KEY"], "^[0-9a-f]{64}$")
        self.assertEqual(len(aws.held["TELEGRAM_WEBHOOK_SECRET"]), 64)
        self.assertIn("make deploy STAGE=dev", self.shown())

    def test_a_value_that_cannot_be_a_secret_is_refused_and_not_repeated(self):
        for given in (
            {"TELEGRAM_BOT_TOKEN": "not-a-token-xyz"},
            {"TELEGRAM_WEBHOOK_SECRET": "spaces are not allowed"},
            {"CALLBACK_SIGNING_KEY": "0123"},
            {"KIE_APY_KEY": "misspelt-name-xyz"},
            {"KIE_API_KEY": 12345678},
            {"KIE_API_KEY": "x" * 1000},
            {"TELEGRAM_BOT_TOKEN": ""},
        ):
            aws = Aws()
            with self.subTest(given), self.assertRaises(CommandError) as caught:
                self.operator(aws).put_secrets(given)
            self.assertEqual(aws.calls, [])
            for value in filter(None, given.values()):
                self.assertNotIn(str(value), str(caught.exception))

    def test_the_same_secrets_again_change_nothing(self):
        aws = Aws()
        self.operator(aws).put_secrets(dict(HELD))
        self.assertEqual(aws.calls, [])

    def test_standard_input_that_is_no_object_is_refused_and_not_repeated(self):
        for text in ("", '["secret-xyz"]', '{"KIE_API_KEY": "secret-xyz"'):
            with self.subTest(text), self.assertRaises(CommandError) as caught:
                operate.given_secrets(io.StringIO(text))
            self.assertNotIn("secret-xyz", str(caught.exception))

    def test_the_names_are_those_the_functions_know(self):
        source = (operate.ROOT / "shared/adapters/src/config/secrets.rs").read_text()
        listed = source[source.index("const NAMES") :].split("[", 2)[2].split("]")[0]
        self.assertEqual({name.strip(' "\n') for name in listed.split(",")} - {""}, set(operate.SECRETS))

    # ---- destroy

    def test_destroying_keeps_the_table(self):
        aws = Aws()
        aws.due = 3
        self.operator(aws).destroy("keep")
        self.assertEqual(aws.calls, [("delete_stack", "id")])
        self.assertIn("ExistingTable=table", self.shown())
        self.assertIn("3 jobs are open", self.shown())
        self.assertIn("deleteWebhook", self.fetched[0][0])

    def test_the_table_goes_only_when_the_stack_s_name_is_typed(self):
        all_of_it = [("delete_stack", "id"), ("delete_table", "table"), ("delete_object", "bucket", "photos/1"), ("delete_bucket", "bucket")]
        for answer, calls in (("neurocards-dev", all_of_it), ("yes", [])):
            aws = Aws()
            operator = self.operator(aws, answers=[answer])
            try:
                operator.destroy("delete")
            except CommandError as error:
                self.assertIn("nothing was done", str(error))
            self.assertEqual(aws.calls, calls)

    def test_the_stacks_own_unused_table_is_kept_or_deleted_too(self):
        for table, deleted in (("keep", []), ("delete", [("delete_table", "table"), ("delete_table", "spare")])):
            aws = Aws()
            aws.own_table = "spare"
            self.operator(aws, answers=["neurocards-dev"]).destroy(table)
            self.assertEqual([call for call in aws.calls if call[0] == "delete_table"], deleted)
            self.assertIn("own table spare", self.shown())

    def test_a_table_that_is_gone_is_not_called_kept(self):
        aws = Aws()
        aws.own_table = None
        with self.assertRaises(ClientError):
            self.operator(aws).destroy("keep")
        self.assertNotIn("kept         the table", self.shown())

    def test_a_resource_that_holds_up_a_deletion_is_named_and_the_table_stays(self):
        aws = Aws()
        aws.deleting = ["DELETE_IN_PROGRESS", "DELETE_FAILED"]
        with self.assertRaisesRegex(CommandError, "SendQueue: it is held$"):
            self.operator(aws, answers=["neurocards-dev"]).destroy("delete")
        self.assertEqual(aws.calls, [("delete_stack", "id")])

    def test_production_goes_only_when_its_name_is_typed(self):
        aws = Aws()
        with self.assertRaises(CommandError):
            self.operator(aws, answers=["prod"], stage="prod").destroy("keep")
        self.assertEqual(aws.calls, [])

    # ---- drill

    def drilled(self, settle, begin=2, held=True):
        aws = Aws()
        aws.write("grant", "GRANT#welcome", begin)
        order = lambda: aws.write("charge", "CHARGE#d.1", -1)
        if held:
            aws.items["JOB#d.1"] = {"stage": {"S": "ready"}, "delivery": {"M": {"held": {"N": "0"}}}}
        self.operator(aws, answers=[order, "", lambda: settle(aws)], sleep=lambda _: settle(aws)).drill(7)
        return self.shown()

    def test_a_drill_passes_when_the_film_waited_and_was_captured(self):
        shown = self.drilled(lambda aws: aws.write("capture", "SETTLEMENT#d.1", 0))
        self.assertIn("PASSED       the film waited, came on the return, and cost 1 once: the balance is 1", shown)

    def test_a_drill_fails_when_a_credit_came_back_with_the_film_or_the_balance_is_wrong(self):
        def refunded(aws):
            aws.write("refund", "SETTLEMENT#d.1", 1)

        def wrong_balance(aws):
            aws.write("capture", "SETTLEMENT#d.1", 0)
            aws.items["PROFILE"] = {"balance": {"N": "2"}}

        for settle in (refunded, wrong_balance):
            with self.subTest(settle.__name__), self.assertRaisesRegex(CommandError, "FAILED"):
                self.drilled(settle)

    def test_a_video_that_had_arrived_or_was_not_made_is_no_failure_of_the_hold(self):
        for kind, amount, said in (("capture", 0, "nothing to hold"), ("refund", 1, "was not made")):
            with self.subTest(kind), self.assertRaisesRegex(CommandError, said):
                self.drilled(lambda aws: aws.write(kind, "SETTLEMENT#d.1", amount), held=False)

    def test_a_drill_needs_a_person_with_a_credit(self):
        with self.assertRaisesRegex(CommandError, "no credits"):
            self.drilled(lambda _: None, begin=0)
        with self.assertRaisesRegex(CommandError, "/start"):
            self.operator(Aws()).drill(7)

    def test_a_ledger_is_read_page_by_page(self):
        aws = Aws()
        for n in range(3):
            aws.write("grant", f"GRANT#{n}", 1)
        self.assertEqual(len(Ledger(aws, "table", 7).entries()), 3)

    # ---- all

    def test_an_unknown_stage_and_a_missing_stack_are_reported_with_what_to_do(self):
        with self.assertRaisesRegex(CommandError, "no environment nowhere"):
            operate.main(["register", "nowhere"], session=Aws())
        with self.assertRaisesRegex(CommandError, "make deploy STAGE=dev"):
            self.operator(Aws(deployed=False)).register()


if __name__ == "__main__":
    unittest.main()
