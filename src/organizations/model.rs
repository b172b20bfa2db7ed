//! What an organization is. No I/O.

use chrono_tz::Tz;

use crate::error::{AppResult, FieldErrors};

/// An organization to add, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrganization {
    slug: String,
    name: String,
    service: String,
    carrier_account: String,
    time_zone: Tz,
}

impl NewOrganization {
    /// Checks the fields. `slug` is its name in addresses, `service` the provider's key, `time_zone` one of the
    /// IANA names.
    ///
    /// # Errors
    /// [`AppError::Invalid`](crate::error::AppError::Invalid) with every fault.
    pub fn new(
        slug: &str,
        name: &str,
        service: &str,
        carrier_account: &str,
        time_zone: &str,
    ) -> AppResult<NewOrganization> {
        let mut errors = FieldErrors::new();
        if !is_slug(slug) {
            errors.add(
                "slug",
                "The slug has 2 to 40 lower-case letters, digits and hyphens, such as our-city.",
            );
        }
        let name = self::name(name).unwrap_or_else(|words| {
            errors.add("name", words);
            String::new()
        });
        if service.is_empty() {
            errors.add("service", "Name the provider, such as fakeservice.");
        }
        if carrier_account.is_empty() {
            errors.add("carrier_account", "Name the account at the carrier.");
        }
        let time_zone = time_zone.parse().unwrap_or_else(|_| {
            errors
                .add("time_zone", format!("{time_zone} is no time zone; write one such as America/Detroit."));
            Tz::UTC
        });
        errors.into_result()?;
        Ok(NewOrganization {
            slug: slug.to_owned(),
            name,
            service: service.to_owned(),
            carrier_account: carrier_account.to_owned(),
            time_zone,
        })
    }
    /// Its name in addresses.
    pub fn slug(&self) -> &str {
        &self.slug
    }
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The provider's key.
    pub fn service(&self) -> &str {
        &self.service
    }
    /// Its account at the carrier.
    pub fn carrier_account(&self) -> &str {
        &self.carrier_account
    }
    /// Where its people are.
    pub fn time_zone(&self) -> Tz {
        self.time_zone
    }
}

/// Reads an organization's name.
///
/// # Errors
/// A sentence to stand beside the field.
pub(super) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fine = (1..=120).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fine { Ok(text.to_owned()) } else { Err("Give a name of at most 120 characters.".into()) }
}

fn is_slug(text: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (2..=40).contains(&text.len()) && text.bytes().all(fine) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_said() {
        let fine = NewOrganization::new("our-city", "Our City", "fakeservice", "our-city", "America/Detroit");
        assert_eq!(fine.unwrap().slug(), "our-city");
        let faults =
            NewOrganization::new("Our City", " ", "fakeservice", "x", "Mars").unwrap_err().to_string();
        for field in ["slug", "name", "time_zone"] {
            assert!(faults.contains(field), "{faults}");
        }
    }
}
