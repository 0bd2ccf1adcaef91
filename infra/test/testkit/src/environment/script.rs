//! The scripts of `infra/test/localstack`.

use std::{path::Path, process::Stdio};

use tokio::{io::AsyncWriteExt, process::Command};

/// Runs one of the scripts; what it says goes to our stderr, what it prints is returned.
pub(super) async fn script(scripts: &Path, name: &str, arguments: &[&str], env: &[(&str, &str)]) -> Result<String, String> {
    script_fed(scripts, name, arguments, env, "").await
}

/// The same, with something typed into it.
pub(super) async fn script_fed(
    scripts: &Path,
    name: &str,
    arguments: &[&str],
    env: &[(&str, &str)],
    typed: &str,
) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("infra/test/localstack/{name}: {error}");
    let mut command = Command::new(scripts.join(name));
    command.args(arguments).envs(env.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut running = command.spawn().map_err(failed)?;
    if let Some(mut stdin) = running.stdin.take() {
        // One that reads nothing may have ended already: its status says how.
        let _closed = stdin.write_all(typed.as_bytes()).await;
    }
    let done = running.wait_with_output().await.map_err(failed)?;
    if !done.status.success() {
        return Err(format!("infra/test/localstack/{name} {} failed: {}", arguments.first().unwrap_or(&""), done.status));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}
