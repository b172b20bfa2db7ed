//! What stands around a page: the rail with its links, who is signed in, and the message of the last step.

use super::format::Times;

/// Everything `layout.html` and `plain.html` draw around a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The organization one is in; `None` on pages outside any.
    pub organization: Option<ShellOrganization>,
    /// Every organization of this person, to switch between.
    pub organizations: Vec<ShellLink>,
    /// The pages this person may see.
    pub nav: Vec<NavItem>,
    /// Who is signed in.
    pub person: Option<ShellPerson>,
    /// What the last step has to say, once.
    pub flash: Option<Flash>,
    /// Reload after so many seconds where scripts are off: progress pages.
    pub refresh: Option<u32>,
    /// Now, and the time zone in which times are written: what the time filters take.
    pub times: Times,
    /// What keeps the organization's carrier from working, on the pages that need it.
    pub trouble: Option<ShellTrouble>,
}

/// What keeps the carrier from working until a person mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellTrouble {
    /// What is wrong.
    pub words: String,
    /// What a person does about it.
    pub next_step: &'static str,
    /// Since when, in words.
    pub since: String,
    /// Since when, to the second.
    pub since_exact: String,
    /// Where it is mended; `None` for who may not.
    pub href: Option<String>,
}

/// The organization whose pages these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellOrganization {
    /// Its name.
    pub name: String,
    /// Where its pages begin.
    pub href: String,
    /// Whether its numbers and its money are not real.
    pub practice: bool,
}

/// A link to another organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellLink {
    /// Its name.
    pub label: String,
    /// Where its pages begin.
    pub href: String,
    /// Whether it is the one that is shown.
    pub current: bool,
}

/// A page of the rail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// Its name.
    pub label: String,
    /// Its address.
    pub href: String,
    /// Whether one is on it.
    pub current: bool,
    /// How many things wait there.
    pub waiting: Option<u32>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellPerson {
    /// The name people know.
    pub name: String,
    /// What they sign in with.
    pub email: String,
}

/// What a finished step has to say on the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// `success`, `warning`, `danger` or `info`.
    pub kind: &'static str,
    /// One sentence.
    pub text: String,
}

impl Shell {
    /// Around pages of nobody in particular: signing in, going wrong.
    pub fn plain() -> Shell {
        Shell {
            organization: None,
            organizations: Vec::new(),
            nav: Vec::new(),
            person: None,
            flash: None,
            refresh: None,
            times: Times::default(),
            trouble: None,
        }
    }
    /// Reloads the page after so many seconds where scripts are off.
    #[must_use]
    pub fn refreshing(mut self, seconds: u32) -> Shell {
        self.refresh = Some(seconds);
        self
    }
    /// Says how many things wait on the page of this label.
    #[must_use]
    pub fn waiting(mut self, label: &str, count: u32) -> Shell {
        for item in self.nav.iter_mut().filter(|item| item.label == label) {
            item.waiting = (count > 0).then_some(count);
        }
        self
    }
}
