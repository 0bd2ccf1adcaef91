"""The metrics that a stack really has: those that its functions wrote to their logs, and those of its metric filters."""

import json

from inventory import listed
from template import Template

# The metrics of AWS's services that the template uses. A misspelt name would never have data.
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
        # CloudWatch identifies a metric by its name and the names of its dimensions.
        self.own = {it for group in groups for it in _logged(group, stack)}
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
    logged = set()
    for event in listed("logs", "filter_log_events", "events", logGroupName=group):
        for line in event["message"].splitlines():
            if '"CloudWatchMetrics"' not in line:
                continue
            for directive in json.loads(line)["_aws"]["CloudWatchMetrics"]:
                if directive["Namespace"] == namespace:
                    logged |= {(it["Name"], tuple(sorted(names))) for it in directive["Metrics"] for names in directive["Dimensions"]}
    return logged
