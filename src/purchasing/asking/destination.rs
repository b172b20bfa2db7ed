//! Where the numbers of an order go: they stay available, are reserved for a campaign, or are put into a messaging
//! service.

use crate::kernel::ids::ServiceId;
use crate::kernel::money::group_thousands;
use crate::web::format::plural;

/// A messaging service that numbers may go into.
#[derive(Debug, Clone)]
pub(in crate::purchasing) struct Destination {
    pub(in crate::purchasing) id: ServiceId,
    pub(in crate::purchasing) name: String,
    pub(in crate::purchasing) registration: String,
    /// How many more numbers it takes.
    pub(in crate::purchasing) left: i64,
}

impl Destination {
    /// Why so many do not fit; nothing when they do.
    pub(in crate::purchasing) fn refusal(&self, count: i64) -> Option<String> {
        (count > self.left).then(|| {
            format!(
                "{} has room for {}, and this order asks for {}. Ask for fewer, keep them available, or raise \
                 its room.",
                self.name,
                plural(self.left.unsigned_abs(), "more number", "more numbers"),
                group_thousands(count.unsigned_abs())
            )
        })
    }
}

/// The word of forms and addresses for reserving them.
pub(in crate::purchasing) const RESERVE: &str = "reserve";

/// Where the numbers may go: value, words, whether it is chosen. `draft` is the name of the campaign that may have them.
pub(in crate::purchasing) fn choices(
    services: &[Destination],
    draft: Option<&str>,
    chosen: Option<ServiceId>,
    reserve: bool,
) -> Vec<(String, String, bool)> {
    let keep = (String::new(), "Keep them available".to_owned(), chosen.is_none() && !reserve);
    let draft =
        draft.map(|name| (RESERVE.to_owned(), format!("Reserve them for {name} as they arrive"), reserve));
    let services = services.iter().map(|one| {
        let left = plural(one.left.unsigned_abs(), "more number", "more numbers");
        let words = format!("Put them into {} ({}, room for {left})", one.name, one.registration);
        (one.id.to_string(), words, chosen == Some(one.id))
    });
    std::iter::once(keep).chain(draft).chain(services).collect()
}
