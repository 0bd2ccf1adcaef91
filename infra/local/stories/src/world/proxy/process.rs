//! The death of the process that holds a connection to the proxy.

use std::{fs, net::SocketAddr, path::Path};

use tokio::process::Command;

/// Kills the process of a function that calls from `peer`. Only processes that LocalStack runs an invocation in are looked at.
///
/// # Errors
/// It is not certain which one it is.
pub(super) async fn kill_caller(state: &Path, function: &str, peer: SocketAddr) -> Result<(), String> {
    let busy =
        fs::read_to_string(state.join("pids").join(function)).map_err(|error| format!("{function} is not busy: {error}"))?;
    let mut callers: Vec<u32> = busy.lines().filter_map(|pid| pid.parse().ok()).collect();
    // Where there is no such table a function's only process is the caller.
    if let Ok(sockets) = fs::read_to_string("/proc/net/tcp") {
        let socket = socket_from(&sockets, peer).ok_or("its connection is gone")?;
        callers.retain(|pid| holds(*pid, &socket));
    }
    let [caller] = callers.as_slice() else { return Err(format!("{} processes may be the caller", callers.len())) };
    let killed = Command::new("kill").args(["-KILL", &caller.to_string()]).status().await.map_err(|error| error.to_string())?;
    if killed.success() { Ok(()) } else { Err(format!("process {caller} could not be killed")) }
}

/// How Linux names the socket whose own end is `end`. Source: proc_net_tcp(5): address:port in hex, the inode in column 10.
fn socket_from(sockets: &str, end: SocketAddr) -> Option<String> {
    let port = format!(":{:04X}", end.port());
    let columns = sockets.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    // A connection that is over lingers in the table without a process, on a port that may be another's by now.
    let is_alive = |columns: &&Vec<&str>| columns.get(9).is_some_and(|inode| *inode != "0");
    let mut own = columns.filter(|columns| columns.get(1).is_some_and(|local| local.ends_with(&port)));
    own.find(|columns| is_alive(&columns))?.get(9).map(|inode| format!("socket:[{inode}]"))
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
    fn a_socket_is_found_by_its_own_end() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 20 4 30 10 -1\n\
             1: 0100007F:C350 0100007F:1F91 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0\n\
             2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1\n";
        let end = SocketAddr::from(([127, 0, 0, 1], 50000));
        assert_eq!(socket_from(table, end).as_deref(), Some("socket:[222]"));
        assert_eq!(socket_from(table, SocketAddr::from(([127, 0, 0, 1], 1))), None);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn of_two_busy_processes_the_one_that_calls_dies() {
        use std::os::unix::process::ExitStatusExt as _;

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let call = format!("exec 3<>/dev/tcp/127.0.0.1/{}; read -u 3", listener.local_addr().unwrap().port());
        let start = |what: &str| Command::new("bash").args(["-c", what]).kill_on_drop(true).spawn().unwrap();
        let (mut caller, mut bystander) = (start(&call), start("exec sleep 60"));
        let (_connection, peer) = listener.accept().await.unwrap();

        let state = std::env::temp_dir().join(format!("kill-{}", std::process::id()));
        fs::create_dir_all(state.join("pids")).unwrap();
        fs::write(state.join("pids/sender"), format!("{}\n{}\n", bystander.id().unwrap(), caller.id().unwrap())).unwrap();
        let killed = kill_caller(&state, "sender", peer).await;
        fs::remove_dir_all(&state).unwrap();

        assert_eq!(killed, Ok(()));
        assert_eq!(caller.wait().await.unwrap().signal(), Some(9));
        assert!(bystander.try_wait().unwrap().is_none(), "somebody else died");
    }
}
