"""The parameters of a deploy: every parameter of the template, with the stage's value or else the template's default.

A deploy sends all of them. CloudFormation keeps the running stack's value of a parameter that `sam deploy` is not given, so a line that was
removed from infra/samconfig.toml would stay in force: a removed operator would keep /grant. infra/cdk/lib/parameters.ts does the same for
the CDK.
"""

from pathlib import Path

import yaml

from errors import CommandError


def chosen(overrides) -> dict[str, str]:
    """Reads `parameter_overrides` of a stage: a list of `Name=value`. The value is everything after the first `=`."""
    if not isinstance(overrides, list):
        raise CommandError(f'parameter_overrides is {overrides!r}: write a list, such as ["AdminIds=7, 8", "LogRetentionDays=7"]')
    values: dict[str, str] = {}
    for item in overrides:
        name, equals, value = item.partition("=") if isinstance(item, str) else ("", "", "")
        if not (name and equals):
            raise CommandError(f"parameter_overrides has {item!r}: write it as Name=value")
        if name in values:
            raise CommandError(f"parameter_overrides sets {name} twice, to {values[name]!r} and to {value!r}: remove one of the two")
        values[name] = value
    return values


def complete(values: dict[str, str], template: Path) -> dict[str, str]:
    """Every parameter of the template, in its order: the given value, else the default."""
    # The base loader reads each value as the text that CloudFormation gets, and passes over the short forms (!Ref x).
    declared = yaml.load(template.read_text(), yaml.BaseLoader).get("Parameters", {})
    if unknown := [name for name in values if name not in declared]:
        raise CommandError(f"{template.name} has no parameter {', '.join(unknown)}: correct the name, or remove it from infra/samconfig.toml")
    if missing := [name for name, it in declared.items() if name not in values and "Default" not in it]:
        raise CommandError(f"{template.name} has no default for {', '.join(missing)}: set it in infra/samconfig.toml")
    return {name: values[name] if name in values else it["Default"] for name, it in declared.items()}


def for_sam(values: dict[str, str]) -> list[str]:
    """The arguments of `sam deploy --parameter-overrides`, in the form that keeps spaces, commas, quotes, `=` and empty values."""
    for name, value in values.items():
        # SAM has no form for a backslash before a space, a quote or the end.
        if "\\" in value:
            raise CommandError(f"the parameter {name} is {value!r}: SAM cannot pass a backslash, so choose a value without one")
    quoted = {name: value.replace('"', r"\"") for name, value in values.items()}
    return [f'ParameterKey={name},ParameterValue="{value}"' for name, value in quoted.items()]


def changes(running: dict[str, str], values: dict[str, str]) -> list[str]:
    """What a deploy of `values` changes, one line for each parameter. `running` has the values of the running stack."""
    return [f'{name} was "{running[name]}", becomes "{value}"' for name, value in values.items() if running.get(name, value) != value]
