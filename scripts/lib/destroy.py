"""`make destroy`: deletes the stack. The table with the sellers' credits stays, unless the operator wants it deleted too."""

import time

from botocore.exceptions import ClientError

from errors import CommandError

LIMIT_SECS = 3600  # CloudFormation may need many minutes to delete a queue's mapping
POLL_SECS = 5


def destroy(operator, table: str) -> None:
    """`table` is keep or delete; delete also removes the photos and videos. `operator` is an `operate.Operator`."""
    stage, session, say, stack = operator.stage, operator.session, operator.say, operator.stack()
    if stack is None:
        raise CommandError(f"there is no stack {stage.stack} in {stage.region}: nothing to destroy")
    outputs = {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}
    formation, database = session.client("cloudformation"), session.client("dynamodb")
    used, bucket = outputs.get("TableName"), outputs.get("MediaBucket")
    # With ExistingTable the stack uses another table than its own. Its own table exists all the same, and is kept too.
    spare = own if (own := _own_table(formation, stack["StackId"])) != used else None
    if used and (due := _all_due(database, used)):
        say(f"WARNING      {due} jobs are open, or their status message does not show the end yet: without a stack nothing finishes or refunds them")
    if table == "delete":
        say(f"WARNING      TABLE=delete: the credits of all users in {used} are deleted too, for good")
        also = (spare and f"the stack's own table {spare}", f"all photos and videos in {bucket}")
        say("             So are " + "; ".join(it for it in also if it))
    if table == "delete" or stage.name != "dev":
        if operator.ask(f"type the stack's name, {stage.stack}, to go on: ").strip() != stage.stack:
            raise CommandError(f"the typed name is not {stage.stack}: nothing was done")
    operator.delete_webhook()
    formation.delete_stack(StackName=stack["StackId"])
    say(f"deleting     {stage.stack} in {stage.region}, some minutes", flush=True)
    _until_deleted(formation, stack["StackId"], operator.sleep)
    say("deleted      the stack: functions, queues with their messages, logs, alarms")
    if table == "delete":
        for name in filter(None, (used, spare)):
            database.delete_table(TableName=name)
            say(f"deleted      the table {name}")
        if bucket:
            _delete_bucket(session.client("s3"), bucket)
            say(f"deleted      the bucket {bucket} with its photos and videos")
    else:
        if used:
            database.describe_table(TableName=used)  # fails if there is no such table: then "kept" would be wrong
            say(f"kept         the table {used}. To go on with it: ExistingTable={used} among the stage's parameters")
        if spare:
            say(f"kept         the stack's own table {spare}, which was not in use")
        if bucket:
            say(f"kept         the bucket {bucket}: its rules empty it within days, then it may be deleted")
    say(f"kept         the secrets at {stage.secrets_parameter}")


def _own_table(formation, stack_id: str) -> str | None:
    try:
        found = formation.describe_stack_resource(StackName=stack_id, LogicalResourceId="Table")
    except ClientError as refused:
        if "does not exist" in str(refused):  # the stack never created it
            return None
        raise
    return found["StackResourceDetail"].get("PhysicalResourceId")


def _all_due(database, table: str) -> int:
    due, start = 0, {}
    while True:
        page = database.scan(TableName=table, IndexName="due", Select="COUNT", **start)
        due += page["Count"]
        if "LastEvaluatedKey" not in page:
            return due
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _until_deleted(formation, stack_id: str, sleep) -> None:
    until = time.monotonic() + LIMIT_SECS
    while (status := formation.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]) != "DELETE_COMPLETE":
        if status == "DELETE_FAILED":
            events = formation.describe_stack_events(StackName=stack_id)["StackEvents"]
            why = {it["LogicalResourceId"]: it.get("ResourceStatusReason", "") for it in events if it["ResourceStatus"] == "DELETE_FAILED"}
            raise CommandError("the stack was not deleted: " + "; ".join(f"{name}: {reason}" for name, reason in why.items()))
        if time.monotonic() > until:
            raise CommandError(f"the stack is still {status}. Its events in the CloudFormation console name the cause")
        sleep(POLL_SECS)


def _delete_bucket(s3, bucket: str) -> None:
    """Empties the bucket first: S3 deletes only an empty one."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        if keys := [{"Key": it["Key"]} for it in page.get("Contents", [])]:
            refused = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True}).get("Errors", [])
            if refused:
                raise CommandError(f"{len(refused)} objects in {bucket} were not deleted: {refused[0].get('Message')}")
    s3.delete_bucket(Bucket=bucket)
