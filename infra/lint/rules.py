"""What no linter knows: how parameters of the template depend on each other, that no role may do more than it must, that
whatever stores is encrypted and reached by HTTPS only, and that an alarm says what to do.

    rules.py <root of the repository>

Parameters are checked for the defaults and for every environment of samconfig.toml.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

import yaml

SQS_DELAY_SECS_MAX = 900
ALARM_DESCRIPTION_MAX = 1024

# (smaller, greater): why
ORDER = {
    ("WorkerTimeoutSecs", "LeaseSecs"): "a worker must be gone before its lease is",
    ("RefunderTimeoutSecs", "LeaseSecs"): "telling runs under a lease too",
    ("SweeperTimeoutSecs", "LeaseSecs"): "telling runs under a lease too",
    ("LeaseSecs", "GenerateVisibilitySecs"): "a message that comes back must not meet its own first run",
    ("LeaseSecs", "SendVisibilitySecs"): "a message that comes back must not meet its own first run",
    ("LeaseSecs", "DeadVisibilitySecs"): "a message that comes back must not meet its own first run",
    ("LeaseSecs", "DeliveryDeadlineSecs"): "a claim is made only if its lease ends before the deadline",
    ("CallbackWaitSecs", "GenerationDeadlineSecs"): "else a lost createTask reply is never submitted again",
    ("GenerationDeadlineSecs", "OpenJobAlarmSecs"): "else a job that is merely slow rings",
    ("DeliveryDeadlineSecs", "OpenJobAlarmSecs"): "else a job that is merely slow rings",
}

# (one, other): why the one is nothing without the other
TOGETHER = {
    ("LlmApiUrl", "LlmModel"): "the generator does not start",
    ("LlmModel", "LlmApiUrl"): "no prompt is ever written by it",
}


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!Ref x) as plain text ("!Ref x")."""


def _short_form(loader, tag, node):
    if isinstance(node, yaml.SequenceNode):
        return f"!{tag} {loader.construct_sequence(node, deep=True)}"
    return f"!{tag} {node.value}"


_Loader.add_multi_constructor("!", _short_form)


def main() -> int:
    root = Path(sys.argv[1])
    template = yaml.load((root / "infra/template.yaml").read_text(), _Loader)
    samconfig = tomllib.loads((root / "infra/samconfig.toml").read_text())
    defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    faults = wide_permissions(template) + open_stores(template)
    faults += stale_pages(root)
    faults += mute_alarms(template, (root / "docs/runbook.md").read_text()) + dashboard(template)
    faults += [f"defaults: {fault}" for fault in broken_times(defaults)]
    for environment, commands in samconfig.items():
        if not isinstance(commands, dict):
            continue
        chosen = dict(item.split("=", 1) for item in commands.get("deploy", {}).get("parameters", {}).get("parameter_overrides", []))
        faults += [f"samconfig {environment}: no such parameter: {name}" for name in chosen.keys() - defaults.keys()]
        faults += [f"samconfig {environment}: {fault}" for fault in broken_times({**defaults, **chosen})]
        faults += [f"samconfig {environment}: {fault}" for fault in half_a_pair({**defaults, **chosen})]
    for fault in faults:
        print(f"rules: {fault}", file=sys.stderr)
    return 1 if faults else 0


def broken_times(values: dict) -> list[str]:
    faults = [
        f"{small} ({values[small]}) must be less than {great} ({values[great]}): {why}"
        for (small, great), why in ORDER.items()
        if not int(values[small]) < int(values[great])
    ]
    for name in ("LookDelaysSecs", "RetryDelaysSecs"):
        if any(int(delay) > SQS_DELAY_SECS_MAX for delay in values[name].split(",")):
            faults.append(f"{name} ({values[name]}): SQS delays a message by {SQS_DELAY_SECS_MAX} s at most")
    return faults


def half_a_pair(values: dict) -> list[str]:
    return [f"{one} without {other}: {why}" for (one, other), why in TOGETHER.items() if values[one] and not values[other]]


def wide_permissions(template: dict) -> list[str]:
    faults = []
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function" and "Role" not in resource["Properties"]:
            faults.append(f"{name} has no Role of its own: SAM's reaches every log group and queue of the account")
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for policy in resource["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions, resources = as_list(statement["Action"]), as_list(statement["Resource"])
                faults += [f"{name}: action {action} is too wide" for action in actions if "*" in action]
                # Inside one bucket's folder a star is the only way to say "every object".
                faults += [f"{name}: resource {it} is too wide" for it in resources if re.search(r"\*", it) and not re.search(r"\.Arn\}/\w+/\*$", it)]
    return faults


def open_stores(template: dict) -> list[str]:
    """Queues, the bucket and the table: encrypted at rest; queues and the bucket by HTTPS only, the bucket never public."""
    resources = template["Resources"]
    of = lambda kind: {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}
    refused = set()
    for policy in [*of("AWS::SQS::QueuePolicy").values(), *of("AWS::S3::BucketPolicy").values()]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}:
                refused |= {it.removeprefix("!Ref ") for it in as_list(policy.get("Queues") or policy["Bucket"])}
    stores = [*of("AWS::SQS::Queue"), *of("AWS::S3::Bucket")]
    faults = [f"{name} may be reached without TLS" for name in stores if name not in refused]
    faults += [f"{name} is not encrypted" for name, it in of("AWS::SQS::Queue").items() if it.get("SqsManagedSseEnabled") is not True]
    faults += [f"{name} is not encrypted" for name, it in of("AWS::S3::Bucket").items() if "BucketEncryption" not in it]
    faults += [f"{name} is not encrypted" for name, it in of("AWS::DynamoDB::Table").items() if not it.get("SSESpecification", {}).get("SSEEnabled")]
    for name, bucket in of("AWS::S3::Bucket").items():
        if list(bucket.get("PublicAccessBlockConfiguration", {}).values()) != [True] * 4:
            faults.append(f"{name} may be made public")
    return faults


def alarms(template: dict) -> dict[str, dict]:
    """By the end of the name, which is what the dashboard and the runbook call it."""
    found = [it["Properties"] for it in template["Resources"].values() if it["Type"] == "AWS::CloudWatch::Alarm"]
    return {alarm["AlarmName"].removeprefix("!Sub ${AWS::StackName}-"): alarm for alarm in found}


def mute_alarms(template: dict, runbook: str) -> list[str]:
    """Each alarm goes to the one topic, and says what it means and what to do in order."""
    faults = []
    for name, alarm in alarms(template).items():
        text = alarm["AlarmDescription"]
        if len(text) > ALARM_DESCRIPTION_MAX or not (" 1. " in text and " 2. " in text and text.index(" 1. ") < text.index(" 2. ")):
            faults.append(f"alarm {name}: its description does not say what it means and what to do, in order")
        faults += [f"alarm {name} tells nobody" for actions in ("AlarmActions", "OKActions") if "AlarmTopic" not in alarm[actions]]
        if f"### {name}\n" not in runbook:
            faults.append(f"alarm {name} has no section in docs/runbook.md")
    return faults


def stale_pages(root: Path) -> list[str]:
    """The tests and files that docs/security.md names are there, and each class of failure has its section in docs/runbook.md."""
    security, runbook = ((root / "docs" / name).read_text() for name in ("security.md", "runbook.md"))
    sources = [path for folder in ("functions", "shared", "infra") for path in (root / folder).rglob("*.rs")]
    tests = set(re.findall(r"fn (\w+)\(", "\n".join(path.read_text() for path in sources)))
    faults = [f"docs/security.md: there is no test {it}" for it in re.findall(r"`([a-z]+(?:_[a-z0-9]+){3,})`", security) if it not in tests]
    for path in re.findall(r"`((?:functions|shared|infra|scripts|\.github)/[\w./*-]+)`", security):
        if not list(root.glob(path.rstrip("/"))):
            faults.append(f"docs/security.md: there is no {path}")
    listed = (root / "shared/domain/src/classify.rs").read_text().partition("fn name(")[2].partition("}\n    }")[0]
    classes = re.findall(r'=> "(\w+)"', listed)
    faults += [f"docs/runbook.md has no section on {it}" for it in classes if f"### {it}\n" not in runbook]
    return faults if classes else [*faults, "rules: no class of failure found in classify.rs"]


def dashboard(template: dict) -> list[str]:
    """CloudFormation takes its body as a text: a slip in it would show on deploying only."""
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"].removeprefix("!Sub ")
    names = {**template["Parameters"], **template["Resources"]}
    unknown = {it for it in re.findall(r"\$\{([^}]+)\}", body) if not it.startswith("AWS::") and it not in names}
    widgets = json.loads(re.sub(r"\$\{[^}]+\}", "1", body))["widgets"]
    shown = {arn.rsplit(":1-")[-1] for widget in widgets for arn in widget["properties"].get("alarms", [])}
    faults = [f"dashboard: {it} is no parameter" for it in unknown]
    return faults + [f"dashboard: alarm {it} is shown or exists, not both" for it in shown ^ set(alarms(template))]


def as_list(value) -> list[str]:
    return value if isinstance(value, list) else [value]


sys.exit(main())
