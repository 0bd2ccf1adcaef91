//! `make run` is killed while an order is under way, and started again on the same folder: the order ends, and no credit is lost or made.

#[cfg(test)]
mod survives {
    use std::{
        fs,
        io::{Read, Write},
        net::{Ipv4Addr, TcpListener, TcpStream},
        path::{Path, PathBuf},
        process::{Child, Command, Stdio},
        time::{Duration, Instant},
    };

    /// Longest that a start, or the rest of an order after a kill, may take.
    const PATIENCE: Duration = Duration::from_secs(200);
    const ANNA: &str = "700000001";

    /// A running `make run`. Dropping it kills it, as `kill -9` does.
    struct Machine {
        process: Child,
        port: u16,
    }

    impl Drop for Machine {
        fn drop(&mut self) {
            let _ended = self.process.kill().and_then(|()| self.process.wait());
        }
    }

    impl Machine {
        fn start(data: &Path) -> Self {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let mut command = Command::new(env!("CARGO_BIN_EXE_run"));
            command.env("PORT", port.to_string()).env("DATA", data).stdout(Stdio::null());
            let machine = Self { process: command.spawn().unwrap(), port };
            let began = Instant::now();
            while machine.ask("GET", "/style.css", "").is_none() {
                assert!(began.elapsed() < PATIENCE, "the page does not answer");
                std::thread::sleep(Duration::from_millis(50));
            }
            machine
        }

        /// The whole answer; `None` if no process listens on the port yet.
        fn ask(&self, method: &str, path: &str, form: &str) -> Option<String> {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: {}\r\nContent-Type: ",
                self.port,
                form.len()
            );
            stream.write_all(format!("{head}application/x-www-form-urlencoded\r\n\r\n{form}").as_bytes()).ok()?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).ok()?;
            Some(String::from_utf8_lossy(&answer).into_owned())
        }

        fn get(&self, what: &str) -> String {
            self.ask("GET", &format!("/{ANNA}/{what}"), "").unwrap()
        }

        fn post(&self, what: &str, form: &str) {
            let answer = self.ask("POST", &format!("/{ANNA}/{what}"), form).unwrap();
            assert!(answer.starts_with("HTTP/1.1 204"), "{what}: {answer}");
        }

        /// Taps the newest button whose data begins like this.
        fn tap(&self, data: &str) {
            let chat = self.get("chat");
            let (_, button) =
                chat.rsplit_once(&format!("data-tap=\"{data}")).unwrap_or_else(|| panic!("no button {data}: {chat}"));
            let (rest, button) = button.split_once('"').unwrap();
            let message = button.split('"').nth(1).unwrap();
            self.post("tap", &format!("message={message}&data={}", format!("{data}{rest}").replace(':', "%3A")));
        }

        /// Orders a Neurocard, up to the tap that pays.
        fn order(&self) {
            self.post("say", "text=%2Fstart");
            self.tap("accept");
            self.tap("make:neurocard");
            self.post_photo();
            self.tap("confirm:");
        }

        fn post_photo(&self) {
            let head = "--line\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n";
            let body = [head.as_bytes(), fakes::film::sketch_photo(), b"\r\n--line--\r\n"].concat();
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
            let head = format!(
                "POST /{ANNA}/photo HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: {}\r\nContent-Type: \
                 multipart/form-data; boundary=line\r\n\r\n",
                self.port,
                body.len()
            );
            stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        }

        /// Waits until the job has ended; returns whether it was delivered.
        fn ended(&self) -> bool {
            let began = Instant::now();
            loop {
                let behind = self.get("behind");
                for (state, balance, delivered) in [("delivered", 1, true), ("failed", 2, false)] {
                    if behind.contains(&format!(">{state}</b>")) && behind.contains(&format!("balance <b>{balance}</b>")) {
                        return delivered;
                    }
                }
                assert!(began.elapsed() < PATIENCE, "the job did not end: {behind}");
                std::thread::sleep(Duration::from_millis(300));
            }
        }
    }

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("neurocards-survives-{name}-{}", std::process::id()))
    }

    #[test]
    fn an_order_ends_after_a_kill_and_the_balance_is_right() {
        let data = folder("order");
        let machine = Machine::start(&data);
        machine.order();
        std::thread::sleep(Duration::from_millis(1500));
        drop(machine);
        let again = Machine::start(&data);
        let delivered = again.ended();
        let chat = again.get("chat");
        assert_eq!(chat.contains("<video"), delivered, "{chat}");
        again.post("say", "text=%2Fbalance");
        let balance = if delivered { "1 кредит" } else { "2 кредита" };
        assert!(again.get("chat").contains(&format!("Ваш баланс: <b>{balance}</b>")), "{}", again.get("chat"));
        drop(again);
        fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn a_damaged_table_is_named_and_left_as_it_is() {
        let data = folder("damaged");
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("table.sqlite"), b"this is no database, and it is longer than the head of one would be").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_run"));
        let ended = command.env("PORT", "0").env("DATA", &data).output().unwrap();
        let error = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && error.contains("table.sqlite cannot be used"), "{error}");
        assert!(fs::read(data.join("table.sqlite")).unwrap().starts_with(b"this is no database"));
        fs::remove_dir_all(data).unwrap();
    }
}
