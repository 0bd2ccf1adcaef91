"""The line `catalog` of `make deploy`: the catalog of this checkout compared with KIE's live models, in a few words."""

import json
import subprocess

from errors import CommandError

# Longest wait: about one second for each of some ten reads at KIE, more if KIE is busy, and a first build of `ops`.
TIMEOUT_SECS = 240


def catalog(operator) -> str:
    """Never fails: drift is no fault of the deployed stack. If the catalog cannot be compared, the line says why."""
    see = f"see scripts/ops {operator.stage.name} catalog check"
    settings = {"SECRETS_PARAMETER": operator.outputs()["SecretsParameter"], "KIE_API_URL": operator.parameters()["KieApiUrl"]}
    quietly = {"capture_output": True, "text": True, "timeout": TIMEOUT_SECS}
    try:
        done = operator.run_ops(settings, ["--json", "catalog", "check"], **quietly)
    except subprocess.TimeoutExpired:
        return f"not compared with KIE: no answer within {TIMEOUT_SECS} s, {see}"
    except (CommandError, OSError) as failed:
        return f"not compared with KIE: {failed}, {see}"
    if done.returncode:
        return f"not compared with KIE: ops ended with {done.returncode}, {see}"
    try:
        found = json.loads(done.stdout)
        rows, drift = len(found["rows"]), found["differences"]
        others = [(found["warnings"], "warning" if found["warnings"] == 1 else "warnings"), (found["not_compared"], "not compared")]
    except (KeyError, TypeError, ValueError):
        return f"not compared with KIE: the answer of ops is unreadable, {see}"
    words = [f"{drift} difference{'' if drift == 1 else 's'}"] if drift else [f"{rows} rows", "no drift"]
    more = [f"{number} {what}" for number, what in others if number]
    return ", ".join([*words, *more, *([see] if drift or more else [])])
