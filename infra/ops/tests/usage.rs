//! The command line as it is typed: what it takes, how it ends, and that its page says so.

#[cfg(test)]
mod usage {
    use std::process::{Command, Output};

    const PAGE: &str = include_str!("../README.md");

    fn ops(arguments: &[&str], env: &[(&str, &str)]) -> Output {
        let aws = [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "never-shown")];
        let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
        command.args(arguments).env_clear().envs(aws).envs(env.iter().copied()).output().unwrap()
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn the_page_shows_every_command_as_the_program_does() {
        for help in [&["-h"][..], &["parked", "-h"]] {
            let shown = text(&ops(help, &[]).stdout);
            let (_, commands) = shown.split_once("Commands:\n").unwrap();
            for line in commands.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("  help ")) {
                assert!(PAGE.contains(line), "{line:?} is not in infra/ops/README.md");
            }
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_before_anything_is_done() {
        let bad: [&[&str]; 14] = [
            &[],
            &["job"],
            &["job", "17"],
            &["person"],
            &["person", "7", "--hash", "0990c5ff882f2d7d"],
            &["person", "-7"],
            &["ledger", "seven"],
            &["grant", "7", "5", "--key", "ticket"],
            &["grant", "7", "5", "--reason", "sorry"],
            &["grant", "7", "0", "--key", "ticket", "--reason", "sorry"],
            &["grant", "7", "10001", "--key", "ticket", "--reason", "sorry"],
            &["grant", "7", "5", "--key", "welcome", "--reason", "sorry"],
            &["grant", "7", "5", "--key", "ticket", "--reason", " "],
            &["parked", "drop", "abcdef"],
        ];
        for arguments in bad {
            let refused = ops(arguments, &[]);
            assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{arguments:?}");
        }
    }

    #[test]
    fn a_setting_that_is_missing_is_named_with_what_to_do() {
        let failed = ops(&["audit"], &[]);
        let said = text(&failed.stderr);
        assert_eq!((failed.status.code(), failed.stdout.len()), (Some(2), 0));
        assert!(said.starts_with("ops: TABLE_NAME is not set") && said.contains("scripts/ops <stage>"), "{said}");
        assert!(!said.contains("never-shown"), "{said}");
    }

    #[test]
    fn a_table_that_does_not_answer_is_said_so_and_the_secrets_are_not_asked_for() {
        let env = [("TABLE_NAME", "t"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("SECRETS_PARAMETER", "/nobody/may/read/it")];
        let failed = ops(&["ledger", "7"], &env);
        let said = text(&failed.stderr);
        assert_eq!(failed.status.code(), Some(2));
        assert!(said.starts_with("ops: the table: DynamoDB BatchGetItem: ") && said.contains("run this again"), "{said}");
        assert!(!said.contains("nobody") && !said.contains("127.0.0.1"), "{said}");
    }

    #[test]
    fn a_file_that_is_none_is_said_so() {
        let failed = ops(&["import", "/no/such/file", "--reason", "moving"], &[]);
        let said = text(&failed.stderr);
        assert!(failed.status.code() == Some(2) && said.starts_with("ops: /no/such/file: "), "{said}");
    }
}
