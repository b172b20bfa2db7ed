//! The choice of a messaging service on the basics' form.

use super::ServiceChoice;
use crate::messaging::{self, MessagingService};

/// The messaging services a campaign may choose, the usual one first.
pub(in crate::campaigns) fn service_choices(
    shared: &[MessagingService],
    chosen: &str,
    needs_registration: bool,
) -> Vec<(String, String, String, bool)> {
    let usual = shared.iter().find(|service| service.is_default || service.registered);
    let chosen = ServiceChoice::parse(chosen).unwrap_or(ServiceChoice::Usual);
    let rule = if needs_registration {
        messaging::model::UNREGISTERED
    } else {
        "A new one is not registered (10DLC)."
    };
    let choice =
        |choice: ServiceChoice, name: String, help: String| (choice.word(), name, help, choice == chosen);
    let mut choices = vec![match usual {
        Some(service) => choice(
            ServiceChoice::Usual,
            format!("The organization’s: {}", service.name),
            format!(
                "{}. Other campaigns text from it too, so the carrier may text your contacts from any number in it.",
                capitalized(&service.registration_words())
            ),
        ),
        None => choice(
            ServiceChoice::Usual,
            "The organization’s, when it has one".to_owned(),
            format!("It has none yet, so this campaign would get one of its own. {rule}"),
        ),
    }];
    choices.extend(shared.iter().filter(|service| usual.is_none_or(|usual| usual.id != service.id)).map(
        |service| {
            let help =
                format!("{}; shared with other campaigns.", capitalized(&service.registration_words()));
            choice(ServiceChoice::Shared(service.id), service.name.clone(), help)
        },
    ));
    // Chosen by name, it stays when the organization takes another for its own.
    if let (Some(usual), ServiceChoice::Shared(id)) = (usual, chosen)
        && usual.id == id
    {
        let help = "Stays so when the organization chooses another for its campaigns.".to_owned();
        choices.push(choice(chosen, format!("{}, whatever the organization’s is", usual.name), help));
    }
    choices.push(choice(
        ServiceChoice::Own,
        "One of its own".to_owned(),
        format!("Keeps its numbers apart from other campaigns. {rule}"),
    ));
    choices
}

fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
