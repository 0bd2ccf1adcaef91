"""The body of the script `deploy`, which sets the environment for it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from errors import CommandError
from parameters import chosen, complete

CODE_BUCKET = "neurocards-code"
DEPLOY_LIMIT_SECS = 180
POLL_SECS = 0.2
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


def main() -> None:
    stack, template = sys.argv[1], Path(os.environ["TEMPLATE"])
    # The parameters that `make deploy` sends for a stage with these lines in infra/samconfig.toml.
    parameters = complete(chosen(sys.argv[2:]), template)
    put_secrets(parameters["SecretsParameter"])
    deploy(stack, packaged_before(stack) if os.environ.get("SAME_CODE") else package(template), parameters)
    print(json.dumps(checked_outputs(stack)))


def put_secrets(name: str) -> None:
    if secrets := os.environ.get("SECRETS_JSON"):
        json.loads(secrets)  # invalid JSON fails here instead of at the start of a function
        client("ssm").put_parameter(Name=name, Value=secrets, Type="SecureString", Overwrite=True)


def package(template: Path) -> str:
    """Uploads the functions' folders and returns the template with the addresses of the uploads."""
    try:
        client("s3").create_bucket(Bucket=CODE_BUCKET)
    except ClientError as e:
        if e.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise
    command = [sys.executable, "-m", "awscli", "cloudformation", "package", "--template-file", str(template), "--s3-bucket", CODE_BUCKET]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"deploy: packaging failed. If a folder of target/lambda is missing, run make build:\n{done.stderr.strip()}")
    return done.stdout


def packaged_before(stack: str) -> str:
    return client("s3").get_object(Bucket=CODE_BUCKET, Key=f"{stack}.template")["Body"].read().decode()


def uploaded(key: str, template: str) -> str:
    """Uploads the template and returns its address: CloudFormation takes a template over 51,200 bytes only from a bucket."""
    client("s3").put_object(Bucket=CODE_BUCKET, Key=key, Body=template.encode())
    return f"{os.environ['AWS_ENDPOINT_URL']}/{CODE_BUCKET}/{key}"


def deploy(stack: str, template: str, parameters: dict[str, str]) -> None:
    # A change set, as in `sam deploy`: only there does LocalStack expand SAM's resources before it checks references.
    cloudformation, change_set = client("cloudformation"), f"deploy-{time.time_ns()}"
    exists = stack_status(stack) is not None
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=change_set,
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateURL=uploaded(f"{stack}.template", template),
        Capabilities=CAPABILITIES,
        Parameters=sent(stack, template, parameters),
    )
    made = wait(
        lambda: cloudformation.describe_change_set(StackName=stack, ChangeSetName=change_set),
        lambda it: it["Status"].endswith(("_COMPLETE", "FAILED")),
    )
    if made["Status"] == "FAILED":
        reason = made.get("StatusReason", "")
        if "didn't contain changes" in reason or "No updates" in reason:
            return
        sys.exit(f"deploy: LocalStack refused the template: {reason}")
    cloudformation.execute_change_set(StackName=stack, ChangeSetName=change_set)
    status = wait(lambda: stack_status(stack), lambda it: it.endswith(("_COMPLETE", "_FAILED")) and "REVIEW" not in it)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
            if event["ResourceStatus"].endswith("_FAILED"):
                print(f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason')}", file=sys.stderr)
        sys.exit(f"deploy: the stack {stack} ended as {status}: see the events above, or .tools/localstack/state/localstack.log")


def sent(stack: str, template: str, parameters: dict[str, str]) -> list[dict]:
    """The parameters as `sam deploy` sends them: the running stack keeps the value of a parameter that is not given."""
    running = {it["ParameterKey"] for it in described(stack).get("Parameters", [])} if stack_status(stack) else set()
    given = {name: {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()}
    previous = {name: {"ParameterKey": name, "UsePreviousValue": True} for name in running}
    declared = yaml.load(template, yaml.BaseLoader).get("Parameters", {})
    return [{**previous, **given}[name] for name in declared if name in previous or name in given]


def stack_status(stack: str) -> str | None:
    try:
        return described(stack)["StackStatus"]
    except ClientError as e:
        if "does not exist" in str(e):
            return None
        raise


def described(stack: str) -> dict:
    return client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]


def wait(poll, is_done):
    """Polls until `is_done`. `aws cloudformation deploy` would poll only every 30 s."""
    until = time.monotonic() + DEPLOY_LIMIT_SECS
    while not is_done(seen := poll()):
        if time.monotonic() > until:
            sys.exit(f"deploy: CloudFormation has not finished after {DEPLOY_LIMIT_SECS} s. Its last answer: {seen}")
        time.sleep(POLL_SECS)
    return seen


def checked_outputs(stack: str) -> dict[str, str]:
    """The stack's outputs. LocalStack reports success for a resource that it does not know; the output then reads `unknown`."""
    outputs = {output["OutputKey"]: output.get("OutputValue", "") for output in described(stack).get("Outputs", [])}
    missing = [key for key, value in outputs.items() if not value or "unknown" in value.lower()]
    if missing:
        sys.exit(f"deploy: LocalStack gave no value for the outputs {', '.join(missing)}: it does not know their resources")
    return outputs


def client(service: str):
    return boto3.client(service, config=Config(s3={"addressing_style": "path"}, proxies={}))


try:
    main()
except CommandError as error:
    sys.exit(f"deploy: {error}")
except EndpointConnectionError:
    sys.exit(f"deploy: nothing answers at {os.environ['AWS_ENDPOINT_URL']}: infra/test/localstack/start, or set AWS_ENDPOINT_URL")
