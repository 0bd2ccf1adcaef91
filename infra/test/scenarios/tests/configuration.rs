//! Checks the tables of the template's parameters: the first group in README.md, every group in docs/configuration.md.
//! `UPDATE_DOCS=1` writes the tables. Other facts that README.md repeats are checked here too.

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

    /// Folders whose sources may contain an error message that README.md quotes.
    const SOURCES: [&str; 4] = ["functions", "shared", "scripts", "infra"];
    /// Folders without sources of the product.
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

    /// Returns the repository's folder: the ancestor of this crate that contains the template.
    fn root() -> PathBuf {
        let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("infra/template.yaml").exists());
        found.expect("a folder above this crate has infra/template.yaml").to_owned()
    }

    fn read(path: &str) -> String {
        fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("the file {path} cannot be read: {error}"))
    }

    /// Returns the value of a YAML scalar without its quotes.
    fn scalar(text: &str) -> String {
        text.trim().trim_matches('"').to_owned()
    }

    /// Returns the first sentence of a heading comment: `Times` for `# ---- Times. Each is ...`.
    fn title(comment: &str) -> String {
        comment.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned()
    }

    /// Returns the groups of parameters in the template's order. The function reads lines, because a YAML parser drops the
    /// comments that name the groups.
    fn groups(template: &str) -> Vec<Group> {
        let (_, parameters) = template.split_once("\nParameters:\n").expect("the template has a section Parameters");
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

    /// Compares the text between a page's two comments with the generated tables; with `UPDATE_DOCS` it writes the tables.
    fn check(path: &str, generated: &str) {
        let page = read(path);
        let around = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?)));
        let (before, (kept, after)) =
            around.unwrap_or_else(|| panic!("{path} lacks the comments around the parameters: {BEGIN}{END}"));
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
    fn the_badges_match_the_workspaces_rust_version_and_licence() {
        let (workspace, readme) = (read("Cargo.toml"), read("README.md"));
        let value = |key: &str| {
            let line = workspace.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
            scalar(line.unwrap_or_else(|| panic!("Cargo.toml has no {key}")))
        };
        for badge in [format!("/badge/rust-{}%2B-", value("rust-version")), format!("/badge/licence-{}-", value("license"))] {
            assert!(readme.contains(&badge), "README.md has no badge {badge}");
        }
    }

    /// Appends every text file below a folder, without tests and Markdown.
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

    /// README.md quotes a message in backticks in a row's first cell, with `…` for a variable part. AWS's messages have no
    /// backticks there.
    #[test]
    fn every_message_quoted_in_troubleshooting_is_in_a_source() {
        let readme = read("README.md");
        let (_, section) = readme.split_once("\n## Troubleshooting\n").expect("README.md has a section Troubleshooting");
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
                assert!(text.contains(part), "README.md quotes {message:?}, but no source contains {part:?}");
            }
        }
    }
}
