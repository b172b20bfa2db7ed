//! What a draft held when its reservation lapsed, so that exactly that can be reserved again.

use std::collections::BTreeMap;

use super::store;
use crate::access::Actor;
use crate::db::{DbResult, Tx};
use crate::kernel::AreaCode;
use crate::kernel::ids::CampaignId;

/// Keeps what a campaign held when its reservation lapsed; nothing when that is over.
///
/// # Errors
/// A database error.
pub fn set_lapsed(tx: &mut Tx, by: &Actor, id: CampaignId, held: &BTreeMap<AreaCode, i64>) -> DbResult<()> {
    let text = (!held.is_empty()).then(|| write(held));
    store::set_lapsed(tx, by.organization(), id, text.as_deref())
}

fn write(held: &BTreeMap<AreaCode, i64>) -> String {
    let one = |(code, count): (&AreaCode, &i64)| format!("{code}:{count}");
    held.iter().map(one).collect::<Vec<_>>().join(",")
}

/// An area code that this version does not know is left out.
pub(super) fn read(text: &str) -> BTreeMap<AreaCode, i64> {
    let one = |part: &str| {
        let (code, count) = part.split_once(':')?;
        Some((AreaCode::parse(code).ok()?, count.parse().ok().filter(|count| *count > 0)?))
    };
    text.split(',').filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let held: BTreeMap<AreaCode, i64> =
            [("313", 3), ("248", 2)].map(|(code, count)| (AreaCode::parse(code).unwrap(), count)).into();
        assert_eq!(write(&held), "248:2,313:3");
        assert_eq!(read("248:2,313:3"), held);
        assert!(read("").is_empty() && read("999:x,313,313:0,abc:4").is_empty());
    }
}
