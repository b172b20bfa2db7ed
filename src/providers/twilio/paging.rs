//! Following lists. Twilio hands out the address of the next page; it is followed only on the host that was asked, to
//! the list that was asked for. What our callers get as a cursor is its path and query.

use url::Url;

use crate::providers::{ErrorKind, ProviderError, ProviderResult};

/// The address of the next page as a cursor, from the link in a page of this list. Relative links belong to the host
/// that was asked.
pub(super) fn cursor(list: &Url, link: Option<&str>) -> ProviderResult<Option<String>> {
    let Some(link) = link else { return Ok(None) };
    let strange = || {
        let words = "Twilio's list goes on at an address that is not its own. It was not followed.";
        ProviderError::new(ErrorKind::Unknown, words)
    };
    let next = list.join(link).map_err(|_| strange())?;
    if !is_same_list(list, &next) {
        return Err(strange());
    }
    let query = next.query().unwrap_or_default();
    Ok(Some(format!("{}?{query}", next.path())))
}

/// The address of the page that a cursor stands for.
pub(super) fn page(list: &Url, cursor: Option<&str>) -> ProviderResult<Url> {
    let Some(cursor) = cursor else { return Ok(list.clone()) };
    let page = list.join(cursor).ok().filter(|page| is_same_list(list, page));
    page.ok_or_else(|| ProviderError::new(ErrorKind::InvalidRequest, "There is no such page of the list."))
}

fn is_same_list(list: &Url, page: &Url) -> bool {
    list.origin() == page.origin()
        && list.path() == page.path()
        && page.username().is_empty()
        && page.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Url {
        Url::parse("https://api.twilio.com/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json?PageSize=2")
            .unwrap()
    }

    #[test]
    fn links_become_cursors_and_cursors_pages() {
        let path = "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json";
        let next = format!("{path}?PageSize=2&Page=1&PageToken=PAPN1%2B");
        for link in [
            next.clone(),
            format!("https://api.twilio.com{next}"),
            format!("https://API.twilio.com:443{next}"),
        ] {
            let cursor = cursor(&list(), Some(&link)).unwrap().unwrap();
            assert_eq!(cursor, next, "{link}");
            assert_eq!(
                page(&list(), Some(&cursor)).unwrap().as_str(),
                format!("https://api.twilio.com{next}")
            );
        }
        assert_eq!(cursor(&list(), None).unwrap(), None);
        assert_eq!(page(&list(), None).unwrap(), list());
    }

    #[test]
    fn nothing_leads_away() {
        let path = "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json";
        for link in [
            format!("https://evil.example{path}?Page=1"),
            format!("//evil.example{path}?Page=1"),
            format!("http://api.twilio.com{path}?Page=1"),
            format!("https://api.twilio.com:8443{path}?Page=1"),
            format!("https://user:word@api.twilio.com{path}?Page=1"),
            format!("https://api.twilio.com.evil.example{path}?Page=1"),
            "/2010-04-01/Accounts/AC2/IncomingPhoneNumbers.json?Page=1".to_owned(),
            "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json/../../AC2/Keys.json".to_owned(),
            "https://".to_owned(),
        ] {
            assert!(cursor(&list(), Some(&link)).is_err(), "{link}");
            assert!(page(&list(), Some(&link)).is_err(), "{link}");
        }
    }
}
