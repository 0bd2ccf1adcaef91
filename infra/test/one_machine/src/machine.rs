//! The program under test: `make run` as a process of its own.

use std::{
    fs,
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::Outside;

/// Longest that a start may take.
const START_MAX: Duration = Duration::from_secs(60);

/// A running program. Dropping it kills it, as `kill -9` does.
pub struct Machine {
    process: Child,
    /// The port of the page.
    pub port: u16,
    data: PathBuf,
    /// How long the start took, until the page answered.
    pub started_in: Duration,
}

/// What the program has used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// CPU time, user and system.
    pub cpu: Duration,
    /// Memory, in bytes.
    pub memory: u64,
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}

/// The program of this build: it lies beside this one.
fn program() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let beside = own.ancestors().skip(1).map(|folder| folder.join("run")).find(|path| path.is_file());
    beside.ok_or_else(|| io::Error::other("the program run is not built: run cargo build --workspace --bins --tests"))
}

impl Machine {
    /// Starts the program on this folder, with Telegram and KIE outside of it, and waits until its page answers.
    ///
    /// # Errors
    /// The program is not built, or did not start.
    pub fn start(data: &Path, outside: &Outside) -> io::Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new(program()?);
        command
            .env("PORT", port.to_string())
            .env("DATA", data)
            .envs(outside.settings())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let began = Instant::now();
        let mut machine = Self { process: command.spawn()?, port, data: data.to_owned(), started_in: Duration::ZERO };
        while !machine.answers() {
            if let Some(status) = machine.process.try_wait()? {
                return Err(io::Error::other(format!("the program ended at its start: {status}")));
            }
            if began.elapsed() > START_MAX {
                return Err(io::Error::other("the page does not answer"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        machine.started_in = began.elapsed();
        Ok(machine)
    }

    fn answers(&self) -> bool {
        self.get("/style.css").is_ok()
    }

    /// Asks the page for a path, and returns the whole answer.
    ///
    /// # Errors
    /// The page does not answer.
    pub fn get(&self, path: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream
            .write_all(format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port).as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// The settings of the operator's command line for the program's stores.
    ///
    /// # Errors
    /// The program has not written them.
    pub fn operator_settings(&self) -> io::Result<Vec<(String, String)>> {
        let text = fs::read_to_string(self.data.join("operator.env"))?;
        Ok(text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    /// What the program has used so far. Linux only.
    ///
    /// # Errors
    /// The system does not say.
    pub fn usage(&self) -> io::Result<Usage> {
        let process = PathBuf::from(format!("/proc/{}", self.process.id()));
        let stat = fs::read_to_string(process.join("stat"))?;
        // The name in brackets may hold spaces. After it come the fields from the third on; 14 and 15 are the ticks.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: u64 = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        let status = fs::read_to_string(process.join("status"))?;
        let resident =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok());
        // Linux counts a hundred ticks a second on every machine we know.
        Ok(Usage { cpu: Duration::from_millis(ticks * 10), memory: resident.unwrap_or_default() * 1024 })
    }
}
