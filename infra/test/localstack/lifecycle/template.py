"""Resolves infra/template.yaml for one deployed stack, independently of the engine that deployed it.

The reader knows the part of CloudFormation's language that the alarms and the dashboard use, and refuses any other.
"""

import re
from pathlib import Path

import yaml

NO_VALUE = object()


class Unreadable(Exception):
    """The template uses a form that this reader does not know."""


class _Loader(yaml.SafeLoader):
    """A YAML loader that reads the short forms (!Ref x) as the long ones ({"Ref": x})."""


def _short_form(loader, tag, node):
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(node)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_form)


class Template:
    def __init__(self, path: Path, parameters: dict[str, str], ids: dict[str, str], pseudo: dict[str, str]):
        """`ids`: physical ids by logical id. `pseudo`: values of pseudo parameters such as AWS::StackName."""
        self.body = yaml.load(path.read_text(), _Loader)
        defaults = {name: it["Default"] for name, it in self.body["Parameters"].items()}
        self.parameters, self.ids, self.pseudo = {**defaults, **parameters}, ids, pseudo

    def of_type(self, kind: str) -> dict[str, dict]:
        """The resolved properties of every resource of a type, by logical id."""
        found = {name: it for name, it in self.body["Resources"].items() if it["Type"] == kind}
        return {name: self.resolved(it.get("Properties", {})) for name, it in found.items()}

    def resolved(self, value):
        match value:
            case {"Ref": name}:
                return self._ref(name)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda it: str(self._ref(it[1])), text)
            case {"Fn::GetAtt": [name, "QueueName"]}:
                return self._id(name).rsplit("/", 1)[-1]  # a queue's id is its URL
            case {"Fn::If": [condition, then, otherwise]}:
                return self.resolved(then if self._holds(self.body["Conditions"][condition]) else otherwise)
            case dict() if any(key.startswith("Fn::") for key in value):
                raise Unreadable(f"the template has {value}: teach lifecycle/template.py this function")
            case dict():
                pairs = {key: self.resolved(it) for key, it in value.items()}
                return {key: it for key, it in pairs.items() if it is not NO_VALUE}
            case list():
                return [it for it in map(self.resolved, value) if it is not NO_VALUE]
        return value

    def _ref(self, name: str):
        if name == "AWS::NoValue":
            return NO_VALUE
        for known in (self.pseudo, self.parameters):
            if name in known:
                return known[name]
        return self._id(name)

    def _id(self, name: str) -> str:
        if name not in self.ids:
            raise Unreadable(f"the template refers to {name}, which the stack does not have")
        return self.ids[name]

    def _holds(self, condition) -> bool:
        match condition:
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case {"Fn::Equals": [one, other]}:
                return str(self.resolved(one)) == str(self.resolved(other))
        raise Unreadable(f"the template has the condition {condition}: teach lifecycle/template.py this form")
