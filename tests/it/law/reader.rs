//! Reading Rust well enough to see which paths a file uses.

/// Rust without comments and without what is in quotes.
pub fn bare(source: &str) -> String {
    let bytes: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    let starts = |at: usize, text: &str| text.chars().enumerate().all(|(i, c)| bytes.get(at + i) == Some(&c));
    while at < bytes.len() {
        if starts(at, "//") {
            while at < bytes.len() && bytes[at] != '\n' {
                at += 1;
            }
        } else if starts(at, "/*") {
            let mut depth = 0;
            loop {
                if starts(at, "/*") {
                    (depth, at) = (depth + 1, at + 2);
                } else if starts(at, "*/") {
                    (depth, at) = (depth - 1, at + 2);
                } else {
                    at += 1;
                }
                if depth == 0 || at >= bytes.len() {
                    break;
                }
            }
        } else if let Some(hashes) = raw_string(&bytes, at) {
            let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            at += 2 + hashes;
            while at < bytes.len() && !starts(at, &end) {
                at += 1;
            }
            at += end.len();
            out.push_str("\"\"");
        } else if bytes[at] == '"' {
            at += 1;
            while at < bytes.len() && bytes[at] != '"' {
                at += if bytes[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
            out.push_str("\"\"");
        } else if bytes[at] == '\'' && (bytes.get(at + 2) == Some(&'\'') || bytes.get(at + 1) == Some(&'\\'))
        {
            at += if bytes[at + 1] == '\\' { 3 } else { 2 };
            while at < bytes.len() && bytes[at] != '\'' {
                at += 1;
            }
            at += 1;
            out.push_str("' '");
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

/// How many hashes a raw string has that begins here.
fn raw_string(source: &[char], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|before| source.get(before));
    if source[at] != 'r' || before.is_some_and(|c| c.is_alphanumeric() || *c == '_') {
        return None;
    }
    let hashes = source[at + 1..].iter().take_while(|c| **c == '#').count();
    (source.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}

/// The words and marks of bare Rust.
pub fn tokens(bare: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut chars = bare.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || c == '_' {
            let mut word = String::from(c);
            while let Some(next) = chars.next_if(|next| next.is_alphanumeric() || *next == '_') {
                word.push(next);
            }
            out.push(word);
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            out.push("::".to_owned());
        } else if !c.is_whitespace() {
            out.push(c.to_string());
        }
    }
    out
}

/// Every path that begins at the crate, as far as it can be read: `crate::a::{b, c::d}` is `a::b` and `a::c::d`.
/// `super::` is followed too, with the modules that are written inside the file.
pub fn paths(file: &str, tokens: &[String]) -> Vec<Vec<String>> {
    let mut module: Vec<String> =
        file.trim_start_matches("src/").trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    let mut inline: Vec<(usize, String)> = Vec::new();
    let (mut depth, mut out, mut at) = (0usize, Vec::new(), 0);
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token == text);
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                inline.retain(|(opened, _)| *opened < depth + 1);
            }
            "mod" if is(at + 2, "{") => inline.push((depth + 1, tokens[at + 1].clone())),
            "crate" if is(at + 1, "::") && !(at > 0 && is(at - 1, "$")) => {
                out.extend(tree(tokens, &mut (at + 2), &[]));
            }
            // `pub(in crate::x)` and `pub(super)` say who may see, not what is used.
            "super" if is(at + 1, "::") && !(at > 1 && is(at - 2, "super")) => {
                let mut start = module.clone();
                start.extend(inline.iter().map(|(_, name)| name.clone()));
                let mut next = at;
                while is(next, "super") && is(next + 1, "::") {
                    start.pop();
                    next += 2;
                }
                out.extend(tree(tokens, &mut next, &start));
            }
            _ => {}
        }
        at += 1;
    }
    out
}

/// The paths of a use tree.
fn tree(tokens: &[String], at: &mut usize, before: &[String]) -> Vec<Vec<String>> {
    let mut path = before.to_vec();
    loop {
        match tokens.get(*at).map(String::as_str) {
            Some("{") => {
                *at += 1;
                let mut out = Vec::new();
                while tokens.get(*at).is_some_and(|token| token != "}") {
                    if tokens[*at] == "," {
                        *at += 1;
                        continue;
                    }
                    let start = *at;
                    out.extend(tree(tokens, at, &path));
                    // `name as other`
                    while tokens.get(*at).is_some_and(|token| token != "," && token != "}") {
                        *at += 1;
                    }
                    assert!(*at > start || tokens.get(*at).is_none_or(|token| token == "}"));
                }
                *at += 1;
                return out;
            }
            Some(word) if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                path.push(word.to_owned());
                *at += 1;
            }
            _ => return vec![path],
        }
        if tokens.get(*at).is_some_and(|token| token == "::") {
            *at += 1;
        } else {
            return vec![path];
        }
    }
}
