"""The metrics that a stack really has: those its functions wrote to their logs, and those its filters make."""

import json

from inventory import listed
from template import Template

# Of AWS's own services, only what the template uses: a name that is misspelt there would never have a figure.
OF_AWS = {
    "AWS/SQS": {"NumberOfMessagesSent", "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateAgeOfOldestMessage"},
    "AWS/Lambda": {"Invocations", "Errors", "Throttles", "Duration"},
}
DIMENSION = {"AWS/SQS": "QueueName", "AWS/Lambda": "FunctionName"}


class Metrics:
    def __init__(self, stack: str, template: Template, there: dict[str, list[str]]):
        self.stack = stack
        self.owners = {
            "AWS/SQS": {url.rsplit("/", 1)[-1] for url in there.get("AWS::SQS::Queue", [])},
            "AWS/Lambda": set(there.get("AWS::Lambda::Function", [])),
        }
        groups = there.get("AWS::Logs::LogGroup", [])
        # By name and the names of dimensions, as CloudWatch keeps them apart.
        self.own = {it for group in groups for it in _told(group, stack)}
        for it in template.of_type("AWS::Logs::MetricFilter").values():
            self.own |= {(made["MetricName"], ()) for made in it["MetricTransformations"] if made["MetricNamespace"] == stack}

    def fault(self, namespace: str, name: str, dimensions: dict[str, str]) -> str | None:
        """Why a metric will never have a figure; nothing if it will."""
        if namespace == self.stack:
            written = (name, tuple(sorted(dimensions))) in self.own
            return None if written else f"no function has written {name} by {', '.join(dimensions) or 'no dimension'} in {namespace}"
        if namespace not in OF_AWS:
            return f"the namespace {namespace} is neither the stack's nor one of {sorted(OF_AWS)}"
        if name not in OF_AWS[namespace]:
            return f"{namespace} has no metric {name}"
        owner = dimensions.get(DIMENSION[namespace])
        if list(dimensions) != [DIMENSION[namespace]] or owner not in self.owners[namespace]:
            return f"{namespace} {name} is of {dimensions}; there are {sorted(self.owners[namespace])}"
        return None


def _told(group: str, namespace: str) -> set[tuple[str, tuple[str, ...]]]:
    """CloudWatch's embedded metric format: a line of a log that says which of its figures are metrics."""
    written = set()
    for event in listed("logs", "filter_log_events", "events", logGroupName=group):
        for line in event["message"].splitlines():
            if '"CloudWatchMetrics"' not in line:
                continue
            for directive in json.loads(line)["_aws"]["CloudWatchMetrics"]:
                if directive["Namespace"] == namespace:
                    written |= {(it["Name"], tuple(sorted(names))) for it in directive["Metrics"] for names in directive["Dimensions"]}
    return written
