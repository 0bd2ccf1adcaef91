"""The metrics that a stack really has: those that its functions wrote to their logs, and those of its metric filters."""

import json
from pathlib import Path

from inventory import listed
from template import Template

# The metrics of AWS's services that the template uses. A misspelt name would never have data.
OF_AWS = {
    "AWS/SQS": {"NumberOfMessagesSent", "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateAgeOfOldestMessage"},
    "AWS/Lambda": {"Invocations", "Errors", "Throttles", "Duration"},
}
# The metrics of events that no scenario causes on LocalStack: a full day, an acceptance that was never recorded, a host of KIE that is
# new. The unit test of the metrics has a line of each, as the functions write it.
RARE = {"LimitReached", "RefundedThoughDelivered", "UnknownResultHost"}
WRITTEN = Path(__file__).parents[4] / "shared/adapters/src/snapshots/adapters__metrics__tests__each_metric_is_one_raw_line.snap"
WRITTEN_NAMESPACE = "neurocards-test"
DIMENSION = {"AWS/SQS": "QueueName", "AWS/Lambda": "FunctionName"}


class Metrics:
    def __init__(self, stack: str, template: Template, there: dict[str, list[str]]):
        self.stack = stack
        self.owners = {
            "AWS/SQS": {url.rsplit("/", 1)[-1] for url in there.get("AWS::SQS::Queue", [])},
            "AWS/Lambda": set(there.get("AWS::Lambda::Function", [])),
        }
        groups = there.get("AWS::Logs::LogGroup", [])
        # CloudWatch identifies a metric by its name and the names of its dimensions.
        self.own = {it for group in groups for it in _logged(group, stack)}
        self.own |= {it for line in WRITTEN.read_text().splitlines() for it in _in_line(line, WRITTEN_NAMESPACE) if it[0] in RARE}
        for it in template.of_type("AWS::Logs::MetricFilter").values():
            self.own |= {(made["MetricName"], ()) for made in it["MetricTransformations"] if made["MetricNamespace"] == stack}

    def fault(self, namespace: str, name: str, dimensions: dict[str, str]) -> str | None:
        """The reason why a metric will never have data; None if it will."""
        if namespace == self.stack:
            logged = (name, tuple(sorted(dimensions))) in self.own
            return None if logged else f"no function has logged the metric {name} by {', '.join(dimensions) or 'no dimension'} in {namespace}"
        if namespace not in OF_AWS:
            return f"the namespace {namespace} is neither the stack's nor one of {sorted(OF_AWS)}"
        if name not in OF_AWS[namespace]:
            return f"{namespace} has no metric {name}"
        owner = dimensions.get(DIMENSION[namespace])
        if list(dimensions) != [DIMENSION[namespace]] or owner not in self.owners[namespace]:
            return f"{namespace} {name} has the dimensions {dimensions}; the stack has {sorted(self.owners[namespace])}"
        return None


def _logged(group: str, namespace: str) -> set[tuple[str, tuple[str, ...]]]:
    """Name and dimension names of each metric that a log group holds in CloudWatch's embedded metric format."""
    events = listed("logs", "filter_log_events", "events", logGroupName=group)
    return {it for event in events for line in event["message"].splitlines() for it in _in_line(line, namespace)}


def _in_line(line: str, namespace: str) -> set[tuple[str, tuple[str, ...]]]:
    if '"CloudWatchMetrics"' not in line:
        return set()
    # The time in the unit test's lines is replaced by a word.
    directives = json.loads(line.replace("<now>", "0"))["_aws"]["CloudWatchMetrics"]
    own = [directive for directive in directives if directive["Namespace"] == namespace]
    return {(it["Name"], tuple(sorted(names))) for directive in own for it in directive["Metrics"] for names in directive["Dimensions"]}
