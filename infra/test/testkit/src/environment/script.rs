//! Runs the scripts of `infra/test/localstack`.

use std::{path::Path, process::Stdio};

use tokio::{io::AsyncWriteExt, process::Command};

/// Runs a script and returns its stdout. Its stderr goes to this process's stderr.
pub(super) async fn script(scripts: &Path, name: &str, arguments: &[&str], env: &[(&str, &str)]) -> Result<String, String> {
    script_fed(scripts, name, arguments, env, "").await
}

/// Runs a script with `typed` as its stdin, and returns its stdout.
pub(super) async fn script_fed(
    scripts: &Path,
    name: &str,
    arguments: &[&str],
    env: &[(&str, &str)],
    typed: &str,
) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("the script infra/test/localstack/{name} did not run: {error}");
    let mut command = Command::new(scripts.join(name));
    command.args(arguments).envs(env.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut running = command.spawn().map_err(failed)?;
    if let Some(mut stdin) = running.stdin.take() {
        // The write fails if the script has already ended. The script's exit status is checked below.
        let _closed = stdin.write_all(typed.as_bytes()).await;
    }
    let done = running.wait_with_output().await.map_err(failed)?;
    if !done.status.success() {
        return Err(format!(
            "the script infra/test/localstack/{name} {} failed: {}",
            arguments.first().unwrap_or(&""),
            done.status
        ));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}
