"""The body of `stack`: run it through that script, which sets the environment."""

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
from trouble import Trouble


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
    sys.exit(f"stack: nothing is called {task}")


def destroyed(stack: str, table: str) -> str:
    """As scripts/destroy does it. Only where the settings come from, and how long it waits between two looks, are ours."""
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
except (Trouble, Unreadable) as trouble:
    sys.exit(f"stack: {trouble}")
except EndpointConnectionError:
    sys.exit(f"stack: nothing answers at {os.environ['AWS_ENDPOINT_URL']}")
