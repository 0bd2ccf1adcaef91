# shellcheck shell=bash
# Sourced by the scripts of this folder. Names the folders, and sets the environment that LocalStack needs outside a container.
HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
ROOT="$(cd "$HERE/../../.." && pwd)"
TOOLS="$ROOT/.tools/localstack"
VENV="$TOOLS/venv"
STATE="$TOOLS/state" # wiped at each start
PID_FILE="$STATE/localstack.pid"
LOG_FILE="$STATE/localstack.log"
LOCALSTACK_PORT="${LOCALSTACK_PORT:-4566}"
ENDPOINT="http://127.0.0.1:$LOCALSTACK_PORT"

. "$ROOT/scripts/lib/tools.sh"

say() { echo "localstack: $*" >&2; }
die() { say "$*"; exit 1; }

# Succeeds if the process that the pid file names is a LocalStack. The system may have given its id to another process.
running() {
  [ -s "$PID_FILE" ] && ps -o command= -p "$(cat "$PID_FILE")" 2>/dev/null | grep -q "localstack.runtime.main"
}

localstack_env() {
  # LocalStack must not see a proxy or an AWS account of the person who runs this.
  unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY AWS_PROFILE AWS_ENDPOINT_URL
  export OVERRIDE_IN_DOCKER=0            # else LocalStack inside a container writes to /var/lib and /usr/lib
  export FILESYSTEM_ROOT="$STATE/fs"     # the data of LocalStack, and lib/ with its installed packages
  export HOME="$TOOLS/home"              # the plugin cache of LocalStack is in ~/.cache
  export TMPDIR="$STATE/tmp"             # S3 objects and unzipped function code
  export GATEWAY_LISTEN="127.0.0.1:$LOCALSTACK_PORT"
  export LOCALSTACK_HOST="localhost:$LOCALSTACK_PORT"
  export DNS_ADDRESS=0                   # no DNS server on :53
  export DISABLE_EVENTS=1                # no usage reports
  export SKIP_SSL_CERT_DOWNLOAD=1
  export SERVICES="sqs,s3,dynamodb,dynamodbstreams,lambda,cloudformation,iam,sts,ssm,secretsmanager,events,scheduler,logs,cloudwatch,sns,kms"
  export EAGER_SERVICE_LOADING=0
  export DYNAMODB_IN_MEMORY=1
  export SQS_DISABLE_CLOUDWATCH_METRICS=1
  export LAMBDA_RUNTIME_EXECUTOR=process # ours: plugins/neurocards_localstack/executor.py
  export LAMBDA_PROCESS_ACTIVITY_DIR="$STATE"
  export LAMBDA_KEEPALIVE_MS=600000      # functions stay warm for the length of a test run
  export LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC=0.01
  export LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC=0.1
}

# Sets what an AWS client needs to call a LocalStack, ours or one in Docker.
client_env() {
  export AWS_ENDPOINT_URL="${AWS_ENDPOINT_URL:-$ENDPOINT}"
  export AWS_ACCESS_KEY_ID="${AWS_ACCESS_KEY_ID:-test}" AWS_SECRET_ACCESS_KEY="${AWS_SECRET_ACCESS_KEY:-test}"
  export AWS_REGION="${AWS_REGION:-us-east-1}" AWS_DEFAULT_REGION="${AWS_REGION:-us-east-1}" AWS_PAGER="" AWS_EC2_METADATA_DISABLED=true
  unset AWS_PROFILE
}
