"""The body of the script `stack`, which sets the environment for it."""

import contextlib
import io
import json
import os
import sys
import time

import boto3
from botocore.exceptions import EndpointConnectionError

import inventory
import watched
from template import Unreadable
from errors import CommandError


def main(task: str, stack: str, *rest: str) -> dict:
    match task:
        case "inspect":
            return {"resources": inventory.resources(stack), "there": inventory.there(stack), **watched.inspect(stack)}
        case "destroy":
            own = {physical for _, physical in inventory.resources(stack).values()}
            return {"said": destroyed(stack, *rest), "left": inventory.there(stack, own)}
        case "clean":
            inventory.clean(stack, *rest)
            return {"left": inventory.there(stack)}
    sys.exit(f"stack: unknown task {task}: use inspect, destroy or clean")


def destroyed(stack: str, table: str) -> str:
    """Destroys the stack with the code of scripts/destroy, and returns its output. Only the settings and the wait between two polls differ."""
    import operate

    region = os.environ["AWS_REGION"]
    described = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    parameters = {it["ParameterKey"]: it["ParameterValue"] for it in described["Parameters"]}
    stage = operate.Stage("localstack", region, stack, parameters)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        operate.Operator(stage, boto3.Session(region_name=region), sleep=lambda _: time.sleep(0.1)).destroy(table)
    return said.getvalue()


try:
    print(json.dumps(main(*sys.argv[1:])))
except (CommandError, Unreadable) as error:
    sys.exit(f"stack: {error}")
except EndpointConnectionError:
    sys.exit(f"stack: no LocalStack answers at {os.environ['AWS_ENDPOINT_URL']}: run `start` in this folder, or set AWS_ENDPOINT_URL")
