//! What connecting an organization to Twilio asks for.

use crate::providers::{Connection, CredentialFields, Field};

/// The form.
pub(super) fn connection() -> Connection {
    Connection {
        account: Field {
            label: "Account SID",
            help: "On the first page of the Twilio console, under Account info: AC and 32 more characters. A \
                   subaccount has its own.",
            check: |text| {
                if is_sid(text, "AC") {
                    Ok(())
                } else {
                    Err("Enter the account SID: AC and 32 characters of 0-9 and a-f.")
                }
            },
        },
        credentials: Some(CredentialFields {
            user: Field {
                label: "API key SID",
                help: "Make a key in the console under API keys & tokens; a Standard key is enough, and it can be \
                       revoked alone. Leave this empty to use the account's auth token instead.",
                check: |text| {
                    if is_sid(text, "SK") {
                        Ok(())
                    } else {
                        Err("Enter the SID of the API key: SK and 32 characters of 0-9 and a-f.")
                    }
                },
            },
            secret: Field {
                label: "API key secret or auth token",
                help: "The secret of the API key, which Twilio shows once; without a key, the account's auth token. \
                       It is kept encrypted and never shown again.",
                check: |text| match text {
                    "" => Err("Enter the secret of the API key or the auth token."),
                    text if text.chars().any(char::is_whitespace) => Err("A secret has no spaces in it."),
                    _ => Ok(()),
                },
            },
        }),
        addresses_required: true,
        voice: true,
    }
}

/// Whether a text is two letters and 32 hexadecimal digits.
fn is_sid(text: &str, prefix: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_field_by_field() {
        let (account, key) = (format!("AC{}", "0f".repeat(16)), format!("SK{}", "0f".repeat(16)));
        let faults = |account: &str, user: &str, secret: &str| -> Vec<&str> {
            let answer = connection().read(account, user, &secret.to_owned().into());
            answer.err().unwrap_or_default().iter().map(|(field, _)| field.key()).collect()
        };
        assert_eq!(faults(&account, "", "token"), [""; 0]);
        assert_eq!(faults(&account, &key, "secret"), [""; 0]);
        assert_eq!(faults(&key, &account[..20], " "), ["account", "user", "secret"]);
        assert_eq!(faults(&account, &account.replace("AC", "SC"), "two words"), ["user", "secret"]);
    }
}
