"""Lists the resources of a stack, from CloudFormation and from each service; and deletes them."""

import functools
import time

import boto3
from botocore.exceptions import ClientError

CLEAN_LIMIT_SECS = 60
CODE_BUCKET = "neurocards-code"  # the bucket to which `deploy` uploads
CONTRACT = "neurocards-contract-"  # the prefix of the queues and buckets of the tier's contract tests
client = functools.cache(boto3.client)


def resources(stack: str) -> dict[str, tuple[str, str]]:
    """Type and physical id of each resource, by logical id; empty if the stack does not exist."""
    try:
        described = client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    except ClientError as refused:
        if "does not exist" in str(refused):
            return {}
        raise
    return {it["LogicalResourceId"]: (it["ResourceType"], it.get("PhysicalResourceId", "")) for it in described}


def there(stack: str, known: set[str] = frozenset()) -> dict[str, list[str]]:
    """Physical ids by type, as each service lists them: resources with the stack's name and those in `known`. A type without
    resources is left out."""
    small = f"{stack.lower()}-"  # CloudFormation makes bucket names in lower case
    known = known | {physical for _, physical in resources(stack).values()}
    own = lambda name, id=None: name.startswith((f"{stack}-", small)) or (id or name) in known
    functions = [it["FunctionName"] for it in listed("lambda", "list_functions", "Functions") if own(it["FunctionName"])]
    urls = [it for name in functions for it in listed("lambda", "list_function_url_configs", "FunctionUrlConfigs", FunctionName=name)]
    mappings = listed("lambda", "list_event_source_mappings", "EventSourceMappings")
    found = {
        "AWS::CloudFormation::Stack": [it["StackName"] for it in _stacks() if it["StackName"] == stack],
        "AWS::Lambda::Function": functions,
        "AWS::Lambda::EventSourceMapping": [it["UUID"] for it in mappings if own(it["FunctionArn"].split(":")[6], it["UUID"])],
        "AWS::Lambda::Url": [it["FunctionArn"] for it in urls],
        "AWS::SQS::Queue": [it for it in listed("sqs", "list_queues", "QueueUrls") if own(it.rsplit("/", 1)[-1])],
        "AWS::S3::Bucket": [it["Name"] for it in listed("s3", "list_buckets", "Buckets") if own(it["Name"])],
        "AWS::DynamoDB::Table": [it for it in listed("dynamodb", "list_tables", "TableNames") if own(it)],
        "AWS::Logs::LogGroup": [it["logGroupName"] for it in listed("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"/aws/lambda/{stack}-")],
        "AWS::IAM::Role": [it["RoleName"] for it in listed("iam", "list_roles", "Roles") if own(it["RoleName"])],
        # LocalStack makes topic names without the stack's name.
        "AWS::SNS::Topic": [it["TopicArn"] for it in listed("sns", "list_topics", "Topics") if own(it["TopicArn"].rsplit(":", 1)[-1], it["TopicArn"])],
        "AWS::Events::Rule": [it["Name"] for it in listed("events", "list_rules", "Rules") if own(it["Name"])],
        "AWS::CloudWatch::Alarm": [it["AlarmName"] for it in listed("cloudwatch", "describe_alarms", "MetricAlarms") if own(it["AlarmName"])],
        "AWS::CloudWatch::Dashboard": [it["DashboardName"] for it in listed("cloudwatch", "list_dashboards", "DashboardEntries") if it["DashboardName"] == stack],
    }
    return {kind: ids for kind, ids in found.items() if ids}


def clean(stack: str, secrets: str) -> None:
    """Deletes all resources of the stack, and those that `deploy` and the tier made outside it."""
    formation, until = client("cloudformation"), time.monotonic() + CLEAN_LIMIT_SECS
    formation.delete_stack(StackName=stack)
    while any(it["StackName"] == stack for it in _stacks()):
        if time.monotonic() > until:
            raise SystemExit(f"stack: CloudFormation has not deleted {stack} after {CLEAN_LIMIT_SECS} s")
        time.sleep(0.1)
    left = there(stack)
    for table in left.get("AWS::DynamoDB::Table", []):
        client("dynamodb").delete_table(TableName=table)
    for queue in listed("sqs", "list_queues", "QueueUrls", QueueNamePrefix=CONTRACT):
        client("sqs").delete_queue(QueueUrl=queue)
    ours = [it["Name"] for it in listed("s3", "list_buckets", "Buckets") if it["Name"] == CODE_BUCKET or it["Name"].startswith(CONTRACT)]
    for bucket in [*left.get("AWS::S3::Bucket", []), *ours]:
        boto3.resource("s3").Bucket(bucket).objects.delete()
        client("s3").delete_bucket(Bucket=bucket)
    client("ssm").delete_parameters(Names=[secrets])


def _stacks() -> list[dict]:
    return [it for it in listed("cloudformation", "describe_stacks", "Stacks") if it["StackStatus"] != "DELETE_COMPLETE"]


def listed(service: str, operation: str, key: str, **asked) -> list:
    """All items of a list operation, from all its pages."""
    if not client(service).can_paginate(operation):
        return getattr(client(service), operation)(**asked).get(key, [])
    return [it for page in client(service).get_paginator(operation).paginate(**asked) for it in page.get(key, [])]
