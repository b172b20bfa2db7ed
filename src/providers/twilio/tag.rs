//! Our tag in the name of a messaging service: `Spring reminders [nb:AZqdl…]`. Twilio has no other place for it, names
//! need not be unique, and 64 characters is all there is, so the tags that this program makes are written short.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::providers::ClientRef;

/// The most characters of a name at Twilio.
pub(super) const MOST: usize = 64;
/// How this program's tags begin.
const OURS: &str = "numberbank:";

/// The name with the tag, the name cut where both together are too long; `None` when the tag alone is too long.
pub(super) fn join(name: &str, tag: &ClientRef) -> Option<String> {
    let short = tag.as_str().strip_prefix(OURS).and_then(|id| {
        let uuid = Uuid::parse_str(id).ok()?;
        // Only what comes back exactly as it was is written short.
        (uuid.to_string() == id).then(|| format!("[nb:{}]", URL_SAFE_NO_PAD.encode(uuid.as_bytes())))
    });
    let mark = short.unwrap_or_else(|| format!("[nb={}]", tag.as_str()));
    let room = MOST.checked_sub(mark.chars().count())?;
    let name: String = name.chars().take(room.saturating_sub(1)).collect();
    let name = name.trim();
    Some(if name.is_empty() { mark } else { format!("{name} {mark}") })
}

/// The name without the tag, and the tag.
pub(super) fn split(friendly_name: &str) -> (String, Option<ClientRef>) {
    let parts = friendly_name.strip_suffix(']').and_then(|text| text.rsplit_once("[nb"));
    let tag = parts.and_then(|(_, mark)| match mark.split_at_checked(1)? {
        (":", short) => {
            let bytes = URL_SAFE_NO_PAD.decode(short).ok()?;
            Some(format!("{OURS}{}", Uuid::from_slice(&bytes).ok()?))
        }
        ("=", tag) if !tag.is_empty() => Some(tag.to_owned()),
        _ => None,
    });
    match (parts, tag) {
        (Some((name, _)), Some(tag)) => (name.trim_end().to_owned(), Some(ClientRef::new(tag))),
        _ => (friendly_name.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn our_tags_leave_room_for_the_name() {
        let tag = ClientRef::new("numberbank:019aab3e-8b0c-7c4e-9d57-0123456789ab");
        let name = "Spring mobilization, second";
        let joined = join(name, &tag).unwrap();
        assert!(joined.starts_with(name) && joined.chars().count() <= MOST, "{joined}");
        assert_eq!(split(&joined), (name.to_owned(), Some(tag.clone())));
        assert_eq!(split(&join("", &tag).unwrap()), (String::new(), Some(tag)));
    }

    #[test]
    fn names_of_others_are_left_alone() {
        for name in ["Reminders", "Promo [2024]", "[nb]", "x [nb:short]", "x [nb=]", "", "]", "[nb:"] {
            assert_eq!(split(name), (name.to_owned(), None));
        }
        assert_eq!(join("x", &ClientRef::new("a".repeat(60))), None);
    }

    proptest! {
        #[test]
        fn a_tag_always_comes_back(name in "\\PC{0,80}", tag in "[a-z0-9:-]{1,50}") {
            let tag = ClientRef::new(tag);
            let joined = join(&name, &tag).unwrap();
            prop_assert!(joined.chars().count() <= MOST);
            prop_assert_eq!(split(&joined).1, Some(tag));
        }
    }
}
