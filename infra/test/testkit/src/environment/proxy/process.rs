//! Kills the process that holds a connection to the proxy.

use std::{fs, net::SocketAddr, path::Path};

use tokio::process::Command;

/// The two ends of a connection to the proxy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// The caller's end.
    pub caller: SocketAddr,
    /// The proxy's end.
    pub proxy: SocketAddr,
}

/// Kills the function's process that holds this connection. Only processes in which LocalStack runs an invocation are candidates.
///
/// # Errors
/// Not exactly one process can be the caller, or the `kill` failed. No other process was killed.
pub(super) async fn kill_caller(state: &Path, function: &str, ends: Ends) -> Result<(), String> {
    let busy =
        fs::read_to_string(state.join("pids").join(function)).map_err(|error| format!("{function} is not busy: {error}"))?;
    let mut callers: Vec<u32> = busy.lines().filter_map(|pid| pid.parse().ok()).collect();
    // Without this table (not on Linux) the function must have only one busy process.
    if let Ok(sockets) = fs::read_to_string("/proc/net/tcp") {
        let socket = socket_of(&sockets, ends).ok_or("the caller's connection is closed")?;
        callers.retain(|pid| holds(*pid, &socket));
    }
    let [caller] = callers.as_slice() else {
        return Err(format!("{} processes of {function} may be the caller, one expected", callers.len()));
    };
    let killed = Command::new("kill").args(["-KILL", &caller.to_string()]).status().await.map_err(|error| error.to_string())?;
    if killed.success() { Ok(()) } else { Err(format!("process {caller} could not be killed")) }
}

/// Finds the caller's socket in `/proc/net/tcp`, by both ends: two connections to different addresses may leave from one port.
/// Source: proc_net_tcp(5): local and remote end as address:port in hex, the inode in column 10.
fn socket_of(sockets: &str, ends: Ends) -> Option<String> {
    let port = |end: SocketAddr| format!(":{:04X}", end.port());
    let (local, remote) = (port(ends.caller), port(ends.proxy));
    let mut columns = sockets.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ends_with = |columns: &[&str], at: usize, port: &str| columns.get(at).is_some_and(|end| end.ends_with(port));
    // A closed connection stays in the table for a while, with inode 0.
    let is_alive = |columns: &[&str]| columns.get(9).is_some_and(|inode| *inode != "0");
    let found = columns.find(|columns| ends_with(columns, 1, &local) && ends_with(columns, 2, &remote) && is_alive(columns));
    found?.get(9).map(|inode| format!("socket:[{inode}]"))
}

fn holds(pid: u32, socket: &str) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd"));
    let mut targets = files.into_iter().flatten().flatten().filter_map(|file| fs::read_link(file.path()).ok());
    targets.any(|target| target.as_os_str() == socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_found_by_both_its_ends() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 20 4 30 10 -1\n\
             1: 0100007F:C350 0100007F:1F91 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0\n\
             2: 0100007F:C350 0100007F:1F92 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0 20 4 30 10 -1\n\
             3: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1\n";
        let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let socket = |caller, proxy| socket_of(table, Ends { caller: at(caller), proxy: at(proxy) });
        assert_eq!(
            socket(50_000, 8080).as_deref(),
            Some("socket:[222]"),
            "the caller's connection to another port is not this one"
        );
        assert_eq!(socket(50_000, 8081), None, "the connection is closed");
        assert_eq!(socket(1, 8080), None);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn of_two_busy_processes_the_caller_is_killed() {
        use std::os::unix::process::ExitStatusExt as _;

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let call = format!("exec 3<>/dev/tcp/127.0.0.1/{}; read -u 3", listener.local_addr().unwrap().port());
        let start = |script: &str| Command::new("bash").args(["-c", script]).kill_on_drop(true).spawn().unwrap();
        let (mut caller, mut bystander) = (start(&call), start("exec sleep 60"));
        let (_connection, caller_end) = listener.accept().await.unwrap();
        let ends = Ends { caller: caller_end, proxy: listener.local_addr().unwrap() };

        let state = std::env::temp_dir().join(format!("kill-{}", std::process::id()));
        fs::create_dir_all(state.join("pids")).unwrap();
        fs::write(state.join("pids/sender"), format!("{}\n{}\n", bystander.id().unwrap(), caller.id().unwrap())).unwrap();
        let killed = kill_caller(&state, "sender", ends).await;
        fs::remove_dir_all(&state).unwrap();

        assert_eq!(killed, Ok(()));
        assert_eq!(caller.wait().await.unwrap().signal(), Some(9));
        assert!(bystander.try_wait().unwrap().is_none(), "the bystander was killed");
    }
}
