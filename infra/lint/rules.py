"""What no linter knows: how parameters of the template depend on each other, and that no role may do more than it must.

    rules.py <template.yaml> <samconfig.toml>

Checked for the defaults and for every environment of samconfig.toml.
"""

import re
import sys
import tomllib
from pathlib import Path

import yaml

SQS_DELAY_SECS_MAX = 900

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
}

# (one, other): why the one is nothing without the other
TOGETHER = {
    ("LlmApiUrl", "LlmModel"): "the generator does not start",
    ("LlmModel", "LlmApiUrl"): "no prompt is ever written by it",
}


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!Ref x) as plain text ("!Ref x")."""


_Loader.add_multi_constructor("!", lambda loader, tag, node: f"!{tag} {getattr(node, 'value', '')}")


def main() -> int:
    template = yaml.load(Path(sys.argv[1]).read_text(), _Loader)
    samconfig = tomllib.loads(Path(sys.argv[2]).read_text())
    defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    faults = wide_permissions(template)
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


def as_list(value) -> list[str]:
    return value if isinstance(value, list) else [value]


sys.exit(main())
