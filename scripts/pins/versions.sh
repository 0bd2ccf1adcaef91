# shellcheck shell=bash
# Sourced by the scripts: the versions that this project asks for and that no lock file holds. The lock files are Cargo.lock,
# scripts/pins/requirements.txt, infra/lint/*.txt, package-lock.json of infra/cdk and infra/test/browser, and pins.txt in LocalStack's
# folder.
# The oldest Rust is `rust-version` in Cargo.toml.
# shellcheck disable=SC2034 # other files read these

JAVA_MIN=17
NODE_MIN=20
LOCALSTACK_PYTHON=3.13            # LocalStack imports modules that came with 3.13; its pins have no wheels for 3.14
LINT_PYTHONS="3.11 3.12 3.13"
ANY_PYTHONS="3.13 3.12 3.11 3.14 3.15" # any of these can install a wheel

# Sizes of the fetched tools: the download, and the folder on disk.
JAVA_SIZE="34 MB, 101 MB on disk"
NODE_SIZE="61 MB, 220 MB on disk"
UV_SIZE="18 MB, 40 MB on disk"
PYTHON_SIZE="about 25 MB, 100 MB on disk"

CARGO_DENY=0.20.2
CARGO_FUZZ=0.13.2
CARGO_LAMBDA=1.9.2
CARGO_MACHETE=0.9.2
CARGO_MUTANTS=27.1.0
CARGO_NEXTEST=0.9.143

# The npm package carries DynamoDB Local in its folder emulator/.
DYNAMODB_PACKAGE="amplify-dynamodb-simulator@2.9.30"
DYNAMODB_INTEGRITY="sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
