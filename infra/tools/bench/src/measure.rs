//! Runs one preparation in a process of its own, and reads from /proc what that took.

use std::{
    fmt, fs,
    process::Command,
    time::{Duration, Instant},
};

use formats::photo::{Wanted, prepare as prepare_photo};

/// The argument by which this command runs itself.
pub(crate) const PREPARE: &str = "prepare-one";
/// What the most demanding model needs: the frame of a video for phones.
const WANTED: Wanted = Wanted { ratio: Some((9, 16)), min_side_px: 300, max_aspect: 2.5 };

/// A measured run.
pub(crate) struct Run {
    wall_secs: f64,
    cpu_secs: f64,
    /// Largest memory of the process, bytes.
    peak_bytes: f64,
    result: String,
}

impl fmt::Display for Run {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{:.2} | {:.2} | {:.0} | {}", self.wall_secs, self.cpu_secs, self.peak_bytes / 1e6, self.result)
    }
}

/// Prepares a photo in another process.
pub(crate) fn in_a_process(bytes: &[u8]) -> Result<Run, String> {
    let path = std::env::temp_dir().join(format!("bench-photo-{}", std::process::id()));
    fs::write(&path, bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    let command = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(command).arg(PREPARE).arg(&path).output();
    fs::remove_file(&path).map_err(|error| format!("{} cannot be removed: {error}", path.display()))?;
    let output = output.map_err(|error| format!("the process cannot be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let mut number =
        || lines.next().and_then(|line| line.parse().ok()).ok_or(format!("the process ended with {}", output.status));
    let (wall_secs, cpu_secs, peak_bytes) = (number()?, number()?, number()?);
    Ok(Run { wall_secs, cpu_secs, peak_bytes, result: lines.next().unwrap_or_default().to_owned() })
}

/// Prepares the photo in a file. Returns seconds, seconds of CPU, the largest memory in bytes, and the result, a line each.
pub(crate) fn prepare(path: &str) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
    let started = Instant::now();
    let cpu_before = cpu()?;
    let result = prepare_photo(&bytes, &WANTED);
    let (wall, cpu) = (started.elapsed(), cpu()?.saturating_sub(cpu_before));
    let result = match result {
        Ok(prepared) => format!("{}x{}, {} kB", prepared.width, prepared.height, prepared.jpeg.len() / 1000),
        Err(bad) => format!("{bad:?}"),
    };
    Ok(format!("{}\n{}\n{}\n{result}", wall.as_secs_f64(), cpu.as_secs_f64(), peak_bytes()?))
}

/// The time that this process has run on a CPU. It has one thread.
fn cpu() -> Result<Duration, String> {
    let text = fs::read_to_string("/proc/self/schedstat").map_err(|error| format!("/proc/self/schedstat: {error}"))?;
    let nanos = text.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
    nanos.map(Duration::from_nanos).ok_or("/proc/self/schedstat has no number".to_owned())
}

/// The largest resident memory that this process has had.
fn peak_bytes() -> Result<u64, String> {
    let text = fs::read_to_string("/proc/self/status").map_err(|error| format!("/proc/self/status: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: Option<u64> = line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|number| number.parse().ok());
    kilobytes.map(|kilobytes| kilobytes * 1024).ok_or("/proc/self/status has no VmHWM".to_owned())
}
