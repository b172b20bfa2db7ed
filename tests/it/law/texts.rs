//! What the texts of the repository may not hold.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{files, report, root};

/// A source file has at most this many lines, a file of tests some more; the ones named here at most what they have
/// been given.
const LONGEST: usize = 400;
const LONGEST_TEST: usize = 650;
const LONGER: &[(&str, usize)] = &[
    ("src/allocation/panel.rs", 420),
    ("src/campaigns/routes.rs", 500),
    ("src/campaigns/store.rs", 475),
    // One table after the other.
    ("src/db/schema.rs", 1060),
    // A command after the other.
    ("src/main.rs", 420),
    ("src/numbers/mod.rs", 530),
    ("src/numbers/model.rs", 510),
    ("src/numbers/pages/inventory.rs", 580),
    ("src/numbers/routes.rs", 480),
    ("src/purchasing/asking/pages.rs", 430),
    ("src/numbers/store.rs", 480),
    ("src/organizations/settings/model.rs", 440),
    ("src/organizations/settings/pages.rs", 490),
    ("src/purchasing/buying/store.rs", 490),
    ("src/requests/mod.rs", 470),
    ("src/requests/model.rs", 405),
    ("src/requests/routes.rs", 415),
];

/// What may be printed as it is: a part that another template rendered, which escaped what it was given.
const RENDERED: &str = "{{ panel|safe }}";

#[test]
fn templates_hold_no_script_and_no_style() {
    let mut faults = Vec::new();
    for (file, text) in files("templates", &[".html", ".xml", ".svg"]) {
        let lower = text.replace(RENDERED, "").to_lowercase();
        for wrong in [
            " style=",
            "<style",
            "|safe",
            "| safe",
            "hx-on",
            "javascript:",
            "hx-vals='js",
            "hx-vals=\"js",
            "escape(\"none\")",
        ] {
            if lower.contains(wrong) {
                faults.push(format!("{file} has {wrong}"));
            }
        }
        for (at, _) in lower.match_indices("<script") {
            let tag = &lower[at..at + lower[at..].find('>').unwrap_or(0)];
            if !tag.contains(" src=") {
                faults.push(format!("{file} has a script without src"));
            }
        }
        for tag in lower.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or("")) {
            for attribute in tag.split_whitespace().skip(1) {
                if attribute.starts_with("on") && attribute.contains('=') {
                    faults.push(format!("{file} has {attribute}"));
                }
            }
        }
    }
    report("templates", &faults);
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let mut faults = Vec::new();
    for folder in ["src", "tests", "templates", "static/css"] {
        for (file, text) in files(folder, &[".rs", ".html", ".css"]) {
            let lines = text.lines().count();
            let usual = if folder == "tests" { LONGEST_TEST } else { LONGEST };
            let longest =
                LONGER.iter().find(|(name, _)| *name == file).map_or(usual, |(_, longest)| *longest);
            if lines > longest {
                faults.push(format!("{file} has {lines} lines; {longest} are allowed"));
            }
        }
    }
    report("split these", &faults);
}

/// The files of the repository, as git knows them; without git, those that are there.
fn repository() -> Vec<PathBuf> {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root())
        .output();
    match listed {
        Ok(listed) if listed.status.success() => String::from_utf8(listed.stdout)
            .unwrap()
            .split('\0')
            .filter(|name| !name.is_empty())
            .map(|name| root().join(name))
            .filter(|path| path.is_file())
            .collect(),
        _ => {
            let folders = ["src", "tests", "templates", "migrations", ".ci"];
            let inside = folders.iter().filter(|folder| root().join(folder).is_dir());
            inside
                .flat_map(|folder| files(folder, &[".rs", ".html", ".sql", "run", "test"]))
                .map(|(name, _)| root().join(name))
                .chain(
                    ["README.md", "CHANGELOG.md", "Cargo.toml", "Cargo.lock"].map(|name| root().join(name)),
                )
                .filter(|path| path.is_file())
                .collect()
        }
    }
}

#[test]
fn the_repository_knows_no_machine_but_its_own() {
    let traces = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("../sha", "red"),
        concat!("/tmp", "/w/"),
        concat!("wt/", "spend"),
    ];
    let mut faults = String::new();
    for path in repository() {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for trace in traces.iter().filter(|trace| text.contains(**trace)) {
            writeln!(faults, "{} mentions {trace}", path.display()).unwrap();
        }
        if path.ends_with("Cargo.lock") {
            let official = "registry+https://github.com/rust-lang/crates.io-index";
            for line in text.lines().filter(|line| line.starts_with("source = ") && !line.contains(official))
            {
                writeln!(faults, "Cargo.lock has {line}").unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}
