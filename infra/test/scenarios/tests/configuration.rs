//! The parameters of `infra/template.yaml` as tables: the first group in README.md, every group in docs/configuration.md.
//! `UPDATE_DOCS=1` writes them; a test keeps them true. The other facts that README.md repeats are checked here too.

#[cfg(test)]
mod configuration {
    use std::{
        fmt::Write as _,
        fs,
        path::{Path, PathBuf},
    };

    const BEGIN: &str =
        "<!-- parameters: UPDATE_DOCS=1 cargo nextest run --workspace -E 'binary(configuration)' writes what follows -->\n";
    const END: &str = "<!-- end of the parameters -->\n";

    /// Where an error message that README.md quotes may come from.
    const SOURCES: [&str; 4] = ["functions", "shared", "scripts", "infra"];
    /// Folders that hold no source of ours.
    const NO_SOURCES: [&str; 4] = ["node_modules", "target", "cdk.out", "tests"];

    /// A parameter of the template.
    struct Parameter {
        name: String,
        default: String,
        meaning: String,
    }

    /// The parameters below one heading comment of the template.
    struct Group {
        title: String,
        parameters: Vec<Parameter>,
    }

    /// The repository: the folder above this one that holds the template.
    fn root() -> PathBuf {
        let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("infra/template.yaml").exists());
        found.expect("a folder with infra/template.yaml").to_owned()
    }

    fn read(path: &str) -> String {
        fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The value of a scalar without its quotes.
    fn scalar(text: &str) -> String {
        text.trim().trim_matches('"').to_owned()
    }

    /// The first sentence of a heading comment: `# ---- Times. Each is ...` is `Times`.
    fn title(comment: &str) -> String {
        comment.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned()
    }

    /// The parameters in the template's order. A YAML parser drops the comments that name the groups, so lines are read.
    fn groups(template: &str) -> Vec<Group> {
        let (_, parameters) = template.split_once("\nParameters:\n").expect("a section Parameters");
        let section = parameters.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
        let mut groups: Vec<Group> = Vec::new();
        for line in section {
            if let Some(comment) = line.strip_prefix("  # ---- ") {
                groups.push(Group { title: title(comment), parameters: Vec::new() });
                continue;
            }
            let Some(group) = groups.last_mut() else { continue };
            if let Some(name) = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':')).filter(|name| !name.contains(' '))
            {
                let name = name.to_owned();
                group.parameters.push(Parameter { name, default: String::new(), meaning: String::new() });
            } else if let (Some(parameter), Some((key, value))) = (group.parameters.last_mut(), line.trim().split_once(": ")) {
                match key {
                    "Default" => parameter.default = scalar(value),
                    "Description" => parameter.meaning = scalar(value),
                    _ => {}
                }
            }
        }
        groups
    }

    fn table(parameters: &[Parameter]) -> String {
        let mut out = String::from("| parameter | default | meaning |\n|---|---|---|\n");
        for Parameter { name, default, meaning } in parameters {
            let default = if default.is_empty() { "empty".to_owned() } else { format!("`{default}`") };
            writeln!(out, "| `{name}` | {default} | {} |", meaning.replace('|', "\\|")).unwrap();
        }
        out
    }

    /// Compares what stands between the two comments of a page with what belongs there, or writes it.
    fn check(path: &str, generated: &str) {
        let page = read(path);
        let around = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?)));
        let (before, (kept, after)) = around.unwrap_or_else(|| panic!("{path} has no place for the parameters: {BEGIN}{END}"));
        let wanted = format!("\n{generated}\n");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(root().join(path), format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
            return;
        }
        assert!(
            kept == wanted,
            "{path} differs from infra/template.yaml. The comment before its table has the command that writes it"
        );
    }

    #[test]
    fn every_parameter_is_in_the_table_with_its_default_and_meaning() {
        let template = read("infra/template.yaml");
        let groups = groups(&template);
        let named: usize = groups.iter().map(|group| group.parameters.len()).sum();
        let (_, section) = template.split_once("\nParameters:\n").unwrap();
        let typed = section.split("\nConditions:\n").next().unwrap().matches("\n    Type: ").count();
        assert_eq!(named, typed, "a parameter stands before the first heading or is written in another form");
        for Parameter { name, meaning, .. } in groups.iter().flat_map(|group| &group.parameters) {
            assert!(!meaning.is_empty(), "{name} has no description of one line");
            assert!(template.contains(&format!("!Ref {name}")) || template.contains(&format!("${{{name}}}")), "{name} is unused");
        }
        let all: Vec<_> = groups.iter().map(|group| format!("## {}\n\n{}", group.title, table(&group.parameters))).collect();
        check("README.md", &table(&groups[0].parameters));
        check("docs/configuration.md", &all.join("\n"));
    }

    #[test]
    fn the_badges_say_what_the_workspace_says() {
        let (workspace, readme) = (read("Cargo.toml"), read("README.md"));
        let value = |key: &str| {
            let line = workspace.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
            scalar(line.unwrap_or_else(|| panic!("{key} in Cargo.toml")))
        };
        for badge in [format!("/badge/rust-{}%2B-", value("rust-version")), format!("/badge/licence-{}-", value("license"))] {
            assert!(readme.contains(&badge), "README.md has no badge {badge}");
        }
    }

    /// Every text file below a folder, one after the other, tests left out.
    fn sources(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if entry.is_dir() && !name.starts_with('.') && !NO_SOURCES.contains(&name.as_str()) {
                sources(&entry, into);
            } else if entry.is_file()
                && entry.extension().is_none_or(|extension| extension != "md")
                && let Ok(text) = fs::read_to_string(&entry)
            {
                into.push_str(&text);
            }
        }
    }

    /// A message stands in the first cell of a row, in backticks, `…` for what varies. AWS's own messages stand without backticks.
    #[test]
    fn every_message_that_troubleshooting_quotes_is_written_by_a_source() {
        let readme = read("README.md");
        let (_, section) = readme.split_once("\n## Troubleshooting\n").expect("a section Troubleshooting");
        let section = section.split("\n## ").next().unwrap();
        let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
        let messages: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
        assert!(messages.len() >= 10, "{messages:#?}");
        let mut text = String::new();
        for folder in SOURCES {
            sources(&root().join(folder), &mut text);
        }
        for message in messages {
            for part in message.split('…').map(str::trim).filter(|part| !part.is_empty()) {
                assert!(text.contains(part), "README.md quotes {message:?}; no source writes {part:?}");
            }
        }
    }
}
