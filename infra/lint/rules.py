"""Checks that no linter offers, on infra/template.yaml, infra/samconfig.toml, docs/runbook.md and docs/security.md.

    rules.py <root of the repository>

- Parameters agree with each other, for the defaults and for every environment of samconfig.toml.
- A role names its actions and its resources.
- Queues, the bucket and the table are encrypted, and refuse requests without TLS.
- An alarm says what it means and what to do, has a section in the runbook and is on the dashboard.
- The log lines that alarms, filters and the runbook quote exist in the code.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

import yaml

SQS_DELAY_SECS_MAX = 900
ALARM_DESCRIPTION_MAX = 1024

# (smaller, greater): reason
ORDER = {
    ("WorkerTimeoutSecs", "LeaseSecs"): "a worker must stop before its lease expires",
    ("RefunderTimeoutSecs", "LeaseSecs"): "the refunder must stop before the lease of its notification expires",
    ("SweeperTimeoutSecs", "LeaseSecs"): "the sweeper must stop before the lease of its notification expires",
    ("LeaseSecs", "GenerateVisibilitySecs"): "a redelivered message must not meet the lease of its first delivery",
    ("LeaseSecs", "SendVisibilitySecs"): "a redelivered message must not meet the lease of its first delivery",
    ("LeaseSecs", "DeadVisibilitySecs"): "a redelivered message must not meet the lease of its first delivery",
    ("LeaseSecs", "DeliveryDeadlineSecs"): "a sender claims a job only if its lease ends before the deadline",
    ("CallbackWaitSecs", "GenerationDeadlineSecs"): "otherwise a job whose createTask reply was lost never submits again",
    ("GenerationDeadlineSecs", "OpenJobAlarmSecs"): "otherwise the alarm rings for a job that is only slow",
    ("DeliveryDeadlineSecs", "OpenJobAlarmSecs"): "otherwise the alarm rings for a job that is only slow",
}

# (one, other): what happens if only the first is set
TOGETHER = {
    ("LlmApiUrl", "LlmModel"): "the generator does not start",
    ("LlmModel", "LlmApiUrl"): "the generator never calls the model",
}


class _Loader(yaml.SafeLoader):
    """A YAML loader that reads CloudFormation's short forms (!Ref x) as plain text ("!Ref x")."""


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
    faults += unknown_log_lines(root, template)
    faults += mute_alarms(template, (root / "docs/runbook.md").read_text()) + dashboard(template)
    faults += [f"defaults: {fault}" for fault in wrong_times(defaults)]
    for environment, commands in samconfig.items():
        if not isinstance(commands, dict):
            continue
        chosen = dict(item.split("=", 1) for item in commands.get("deploy", {}).get("parameters", {}).get("parameter_overrides", []))
        faults += [f"samconfig {environment}: infra/template.yaml has no parameter {name}" for name in chosen.keys() - defaults.keys()]
        faults += [f"samconfig {environment}: {fault}" for fault in wrong_times({**defaults, **chosen})]
        faults += [f"samconfig {environment}: {fault}" for fault in half_a_pair({**defaults, **chosen})]
    for fault in faults:
        print(f"rules: {fault}", file=sys.stderr)
    return 1 if faults else 0


def wrong_times(values: dict) -> list[str]:
    faults = [
        f"{small} ({values[small]}) must be less than {great} ({values[great]}): {reason}"
        for (small, great), reason in ORDER.items()
        if not int(values[small]) < int(values[great])
    ]
    for name in ("LookDelaysSecs", "RetryDelaysSecs", "SendDelaysSecs"):
        if any(int(delay) > SQS_DELAY_SECS_MAX for delay in values[name].split(",")):
            faults.append(f"{name} ({values[name]}): SQS delays a message by {SQS_DELAY_SECS_MAX} s at most")
    return faults


def half_a_pair(values: dict) -> list[str]:
    return [f"{one} is set without {other}: {effect}" for (one, other), effect in TOGETHER.items() if values[one] and not values[other]]


def wide_permissions(template: dict) -> list[str]:
    faults = []
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function" and "Role" not in resource["Properties"]:
            faults.append(f"{name} has no Role: the role that SAM makes reaches every log group and queue of the account")
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for policy in resource["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions, resources = as_list(statement["Action"]), as_list(statement["Resource"])
                faults += [f"{name}: action {action} has a *: list each action" for action in actions if "*" in action]
                # A star is the only form for "every object in one folder of the bucket".
                faults += [
                    f"{name}: resource {it} has a *: name the resource"
                    for it in resources
                    if "*" in it and not re.search(r"\.Arn\}/\w+/\*$", it)
                ]
    return faults


def open_stores(template: dict) -> list[str]:
    """Faults of stores: a store that is not encrypted at rest, a queue or bucket that accepts requests without TLS, a public bucket."""
    resources = template["Resources"]
    of = lambda kind: {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}
    refused = set()
    for policy in [*of("AWS::SQS::QueuePolicy").values(), *of("AWS::S3::BucketPolicy").values()]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}:
                refused |= {it.removeprefix("!Ref ") for it in as_list(policy.get("Queues") or policy["Bucket"])}
    stores = [*of("AWS::SQS::Queue"), *of("AWS::S3::Bucket")]
    faults = [f"{name} accepts requests without TLS: add it to a policy that denies them" for name in stores if name not in refused]
    faults += [
        f"{name} is not encrypted: set SqsManagedSseEnabled"
        for name, it in of("AWS::SQS::Queue").items()
        if it.get("SqsManagedSseEnabled") is not True
    ]
    faults += [f"{name} is not encrypted: set BucketEncryption" for name, it in of("AWS::S3::Bucket").items() if "BucketEncryption" not in it]
    faults += [
        f"{name} is not encrypted: set SSESpecification"
        for name, it in of("AWS::DynamoDB::Table").items()
        if not it.get("SSESpecification", {}).get("SSEEnabled")
    ]
    for name, bucket in of("AWS::S3::Bucket").items():
        if list(bucket.get("PublicAccessBlockConfiguration", {}).values()) != [True] * 4:
            faults.append(f"{name} can be made public: set all four of PublicAccessBlockConfiguration to true")
    return faults


def alarms(template: dict) -> dict[str, dict]:
    """The alarms by their name without the stack's name, which is the name on the dashboard and in the runbook."""
    found = [it["Properties"] for it in template["Resources"].values() if it["Type"] == "AWS::CloudWatch::Alarm"]
    return {alarm["AlarmName"].removeprefix("!Sub ${AWS::StackName}-"): alarm for alarm in found}


def mute_alarms(template: dict, runbook: str) -> list[str]:
    """Faults of alarms: a description without numbered steps or over CloudWatch's limit, no notification, no section in the runbook."""
    faults = []
    for name, alarm in alarms(template).items():
        text = alarm["AlarmDescription"]
        if len(text) > ALARM_DESCRIPTION_MAX:
            faults.append(f"alarm {name}: its description has {len(text)} characters; CloudWatch takes {ALARM_DESCRIPTION_MAX}")
        if not (" 1. " in text and " 2. " in text and text.index(" 1. ") < text.index(" 2. ")):
            faults.append(f"alarm {name}: its description has no steps 1. and 2.")
        faults += [f"alarm {name}: its {actions} lack AlarmTopic" for actions in ("AlarmActions", "OKActions") if "AlarmTopic" not in alarm[actions]]
        if f"### {name}\n" not in runbook:
            faults.append(f"alarm {name} has no section in docs/runbook.md: add ### {name}")
    return faults


def unknown_log_lines(root: Path, template: dict) -> list[str]:
    """Log lines that an alarm, a metric filter, a saved query or the runbook's table of error lines quotes, and no function logs."""
    quoted = {
        (f"infra/template.yaml, alarm {name}", line)
        for name, alarm in alarms(template).items()
        for line in re.findall(r'"([a-z][^"]+)"', alarm["AlarmDescription"])
    }
    for name, resource in template["Resources"].items():
        text = " ".join(str(resource.get("Properties", {}).get(key, "")) for key in ("FilterPattern", "QueryString"))
        quoted |= {(f"infra/template.yaml, {name}", line) for line in re.findall(r'message = "([^"]+)"', text)}
    table = (root / "docs/runbook.md").read_text().partition("### error-lines\n")[2].partition("\n## ")[0]
    quoted |= {("docs/runbook.md, error-lines", line) for row in re.findall(r"^\| (`.+?) \|", table, re.M) for line in re.findall("`([^`]+)`", row)}
    queries = {it["Properties"]["Name"].rpartition("/")[2] for it in template["Resources"].values() if it["Type"] == "AWS::Logs::QueryDefinition"}
    code = "\n".join(path.read_text() for folder in ("functions", "shared") for path in (root / folder).rglob("*.rs"))
    return [f"{place}: no function logs {line!r}" for place, line in sorted(quoted) if line not in code and line not in queries]


def stale_pages(root: Path) -> list[str]:
    """Tests and files that docs/security.md names and that do not exist, and failure classes without a section in docs/runbook.md."""
    security, runbook = ((root / "docs" / name).read_text() for name in ("security.md", "runbook.md"))
    sources = [path for folder in ("functions", "shared", "infra") for path in (root / folder).rglob("*.rs")]
    tests = set(re.findall(r"fn (\w+)\(", "\n".join(path.read_text() for path in sources)))
    faults = [f"docs/security.md: the test {it} does not exist" for it in re.findall(r"`([a-z]+(?:_[a-z0-9]+){3,})`", security) if it not in tests]
    for page, text in (("security.md", security), ("runbook.md", runbook)):
        for path in re.findall(r"`((?:functions|shared|infra|scripts|\.github)/[\w./*-]+)`", text):
            if not list(root.glob(path.rstrip("/"))):
                faults.append(f"docs/{page}: the path {path} does not exist")
    domain = "\n".join(path.read_text() for path in (root / "shared/domain/src").rglob("*.rs"))
    listed = domain.partition("impl Class {")[2].partition("fn name(")[2].partition("}\n    }")[0]
    classes = re.findall(r'=> "(\w+)"', listed)
    faults += [f"docs/runbook.md has no section on the failure class {it}: add ### {it}" for it in classes if f"### {it}\n" not in runbook]
    return faults if classes else [*faults, "no failure class found: shared/domain/src has no `impl Class` with `fn name`"]


def dashboard(template: dict) -> list[str]:
    """Faults of the dashboard's body. CloudFormation takes the body as text, so without this check an error shows only at a deploy."""
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"].removeprefix("!Sub ")
    names = {**template["Parameters"], **template["Resources"]}
    unknown = {it for it in re.findall(r"\$\{([^}]+)\}", body) if not it.startswith("AWS::") and it not in names}
    widgets = json.loads(re.sub(r"\$\{[^}]+\}", "1", body))["widgets"]
    shown = {arn.rsplit(":1-")[-1] for widget in widgets for arn in widget["properties"].get("alarms", [])}
    faults = [f"dashboard: ${{{it}}} is neither a parameter nor a resource" for it in unknown]
    faults += [f"dashboard: it shows the alarm {it}, which does not exist" for it in shown - set(alarms(template))]
    return faults + [f"dashboard: it does not show the alarm {it}" for it in set(alarms(template)) - shown]


def as_list(value) -> list[str]:
    return value if isinstance(value, list) else [value]


sys.exit(main())
