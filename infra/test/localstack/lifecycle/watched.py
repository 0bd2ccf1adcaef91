"""Compares a stack's alarms, their topic and its dashboard with infra/template.yaml, and checks that their metrics exist.

CloudWatch accepts an alarm on a queue that does not exist; such an alarm never rings.
"""

import json
import os
import re
from pathlib import Path

from botocore.exceptions import ClientError

from inventory import client, listed, resources, there
from metrics import Metrics
from template import Template

SEARCHED = re.compile(r"""^SEARCH\('\{"([^"]+)",(\w+)\} MetricName="(\w+)"', '\w+', \d+\)$""")


def inspect(stack: str) -> dict:
    """Returns {"seen": a summary of the checked alarms and dashboard, "wrong": the faults}."""
    there_is = there(stack)
    template = deployed(stack)
    metrics = Metrics(stack, template, there_is)
    alarms = {it["AlarmName"]: it for it in listed("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=f"{stack}-")}
    expected = {it["AlarmName"]: it for it in template.of_type("AWS::CloudWatch::Alarm").values()}
    wrong = topic_faults(template, there_is)
    for name in sorted(expected.keys() | alarms.keys()):
        wrong += [f"alarm {name}: {it}" for it in alarm_faults(expected.get(name), alarms.get(name), metrics)]
    [dashboard] = template.of_type("AWS::CloudWatch::Dashboard").values()
    figures, faults = dashboard_faults(dashboard, {it["AlarmArn"] for it in alarms.values()}, metrics)
    seen = f"{len(expected)} alarms that notify {template.parameters['AlarmEmail'] or 'no address'}, a dashboard of {figures} figures"
    return {"seen": seen, "wrong": wrong + [f"dashboard: {it}" for it in faults]}


def deployed(stack: str) -> Template:
    described = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    _, partition, _, region, account, _ = described["StackId"].split(":", 5)
    return Template(
        Path(os.environ["TEMPLATE"]),
        {it["ParameterKey"]: it["ParameterValue"] for it in described["Parameters"]},
        {name: physical for name, (_, physical) in resources(stack).items()},
        {"AWS::StackName": stack, "AWS::Region": region, "AWS::AccountId": account, "AWS::Partition": partition},
    )


def topic_faults(template: Template, there_is: dict[str, list[str]]) -> list[str]:
    topic, email = template.ids.get("AlarmTopic"), template.parameters["AlarmEmail"]
    if topic not in there_is.get("AWS::SNS::Topic", []):
        return [f"the alarms' topic {topic} does not exist: deploy the stack with AlarmEmail"]
    notified = [it["Endpoint"] for it in listed("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic)]
    return [] if notified == [email] else [f"the alarms' topic notifies {notified}, not {email}"]


def alarm_faults(expected: dict | None, found: dict | None, metrics: Metrics) -> list[str]:
    if expected is None or found is None:
        return ["does not exist" if found is None else "exists, but the template has no alarm of this name"]
    faults = [f"{key} is {found.get(key)!r}, not {value!r}" for key, value in expected.items() if not same(value, found.get(key))]
    if found.get("ActionsEnabled") is not True:
        faults.append("its actions are disabled")
    faults += [f"has no {key}" for key in ("AlarmActions", "OKActions", "AlarmDescription") if not found.get(key)]
    watched = [it["MetricStat"]["Metric"] for it in found.get("Metrics", []) if "MetricStat" in it] or [found]
    for it in watched:
        dimensions = {dimension["Name"]: dimension["Value"] for dimension in it.get("Dimensions", [])}
        faults.append(metrics.fault(it["Namespace"], it["MetricName"], dimensions))
    return [it for it in faults if it]


def dashboard_faults(expected: dict, alarms: set[str], metrics: Metrics) -> tuple[int, list[str]]:
    """The number of figures on the dashboard, and its faults."""
    try:
        body = client("cloudwatch").get_dashboard(DashboardName=expected["DashboardName"])["DashboardBody"]
        widgets = json.loads(body)["widgets"]
    except ClientError as refused:
        # A LocalStack without our plugins ignores the resource.
        return 0, [f"{expected['DashboardName']} does not exist: {refused}"]
    except ValueError as error:
        return 0, [f"its body is no JSON: {error}"]
    faults = [] if body == expected["DashboardBody"] else ["its body differs from the template's"]
    shown = [arn for widget in widgets for arn in widget["properties"].get("alarms", [])]
    faults += [f"shows the alarm {it}, which does not exist" for it in shown if it not in alarms]
    figures = [(widget["properties"]["title"], it) for widget in widgets for it in widget["properties"].get("metrics", [])]
    faults += [f"{title}: {fault}" for title, it in figures if (fault := figure_fault(it, metrics))]
    return len(figures), faults


def figure_fault(figure: list, metrics: Metrics) -> str | None:
    """`figure`: [namespace, name, dimension, value, ..., options], or one expression."""
    if isinstance(figure[0], dict):
        searched = SEARCHED.match(figure[0].get("expression", ""))
        if not searched:
            return f"its expression is no SEARCH: {figure[0]}"
        namespace, dimension, name = searched.groups()
        return metrics.fault(namespace, name, {dimension: "any"})
    namespace, name, *rest = [it for it in figure if isinstance(it, str)]
    return metrics.fault(namespace, name, dict(zip(rest[::2], rest[1::2])))


def same(expected, found) -> bool:
    """Whether `found` has everything in `expected`. CloudWatch adds defaults, and makes numbers of texts."""
    match expected, found:
        case dict(), dict():
            return all(same(value, found.get(key)) for key, value in expected.items())
        case list(), list():
            return len(expected) == len(found) and all(map(same, expected, found))
        case bool(), _:
            return expected is found
        case (int() | float() | str()), (int() | float()):
            return str(expected) == str(found) or re.fullmatch(r"[\d.]+", str(expected)) is not None and float(expected) == found
    return expected == found
