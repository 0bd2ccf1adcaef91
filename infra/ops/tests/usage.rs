//! The command line: its arguments, its exit status, and the README that lists its commands.

#[cfg(test)]
mod usage {
    use std::process::{Command, Output};

    const README: &str = include_str!("../README.md");

    fn ops(arguments: &[&str], env: &[(&str, &str)]) -> Output {
        let aws = [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "never-shown")];
        let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
        command.args(arguments).env_clear().envs(aws).envs(env.iter().copied()).output().unwrap()
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn the_readme_lists_every_command_as_the_help_does() {
        for help in [&["-h"][..], &["parked", "-h"], &["catalog", "-h"]] {
            let shown = text(&ops(help, &[]).stdout);
            let (_, commands) = shown.split_once("Commands:\n").unwrap();
            for line in commands.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("  help ")) {
                assert!(README.contains(line), "{line:?} is not in infra/ops/README.md");
            }
        }
    }

    #[test]
    fn a_malformed_command_line_is_refused() {
        let bad: [&[&str]; 23] = [
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
            &["catalog"],
            &["probe", "--chat", "olga"],
            &["probe", "--only"],
            &["export"],
            &["export", "folder", "--from", "01.03.2026"],
            &["export", "folder", "--from", "2026-03-02", "--to", "2026-03-01"],
            &["export", "folder", "--format", "xml"],
            &["import", "folder"],
            &["import", "folder", "--reason", " "],
        ];
        for arguments in bad {
            let refused = ops(arguments, &[]);
            assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{arguments:?}");
        }
    }

    #[test]
    fn a_missing_setting_is_named_with_what_to_do() {
        let failed = ops(&["audit"], &[]);
        let stderr = text(&failed.stderr);
        assert_eq!((failed.status.code(), failed.stdout.len()), (Some(2), 0));
        assert!(stderr.starts_with("ops: TABLE_NAME is not set") && stderr.contains("scripts/ops <stage>"), "{stderr}");
        assert!(!stderr.contains("never-shown"), "{stderr}");
    }

    #[test]
    fn a_missing_key_of_kie_is_named() {
        for arguments in [&["catalog", "check"][..], &["probe", "--yes"]] {
            let failed = ops(arguments, &[]);
            let stderr = text(&failed.stderr);
            assert_eq!((failed.status.code(), failed.stdout.len()), (Some(2), 0));
            assert!(stderr.starts_with("ops: KIE_API_KEY is not set"), "{stderr}");
        }
    }

    #[test]
    fn a_probe_shows_its_plan_and_stops_without_a_yes() {
        let refused = ops(&["probe"], &[("KIE_API_KEY", "never-shown"), ("KIE_API_URL", "http://127.0.0.1:1")]);
        let stderr = text(&refused.stderr);
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
        assert!(stderr.contains("KIE takes at most 351.4 credits, 1.76 USD\nType yes"), "{stderr}");
        assert!(stderr.contains("nothing was ordered and nothing was sent") && !stderr.contains("never-shown"), "{stderr}");
        let unknown = text(&ops(&["probe", "--only", "row-reels"], &[]).stderr);
        assert!(unknown.starts_with("ops: the probe has no case \"row-reels\"\nThe cases are row-neurocard, "), "{unknown}");
    }

    #[test]
    fn an_unreachable_table_is_reported_and_the_secrets_are_not_read() {
        let env = [("TABLE_NAME", "t"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("SECRETS_PARAMETER", "/nobody/may/read/it")];
        let failed = ops(&["ledger", "7"], &env);
        let stderr = text(&failed.stderr);
        assert_eq!(failed.status.code(), Some(2));
        assert!(
            stderr.starts_with("ops: the table: the DynamoDB call BatchGetItem failed: ") && stderr.contains("run this again"),
            "{stderr}"
        );
        assert!(!stderr.contains("nobody") && !stderr.contains("127.0.0.1"), "{stderr}");
    }

    #[test]
    fn a_missing_file_is_reported() {
        let failed = ops(&["import", "/no/such/file", "--reason", "moving"], &[]);
        let stderr = text(&failed.stderr);
        assert!(failed.status.code() == Some(2) && stderr.starts_with("ops: cannot read /no/such/file: "), "{stderr}");
    }
}
