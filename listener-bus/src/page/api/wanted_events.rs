//! The parameter that tells what of the event stream is wanted.

use super::query::Parameter;

/// The names that one request may ask for.
const MOST: usize = 100;
const PREFIX: &str = "SparkListener";

/// What of the event stream a reader wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WantedEvents {
    /// The events of the scheduler.
    pub(super) events: WantedNames,
    /// Other things to be told of.
    pub(super) extras: Vec<Extra>,
}

/// Events of the scheduler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum WantedNames {
    #[default]
    All,
    /// Those of these names, with or without what all have in front.
    These(Vec<String>),
    None,
}

/// What is told once a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    Bus,
    Tick,
}

impl WantedEvents {
    pub(super) fn wants(&self, extra: Extra) -> bool {
        self.extras.contains(&extra)
    }
}

impl WantedNames {
    pub(super) fn contain(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.iter().any(|wanted| wanted == name || wanted == short(name)),
            Self::None => false,
        }
    }
}

/// `JobStart` for `SparkListenerJobStart`, also behind the name of a package.
fn short(name: &str) -> &str {
    let class = name.rsplit_once('.').map_or(name, |(_, class)| class);
    class.strip_prefix(PREFIX).unwrap_or(class)
}

impl Parameter for WantedEvents {
    const ACCEPTED: &'static str = "a comma list of 1 to 100 names of events, bus or tick";

    fn parse(text: &str) -> Option<Self> {
        let mut extras = Vec::new();
        let mut names = Vec::new();
        for name in text.split(',').map(str::trim) {
            match name {
                "bus" => extras.push(Extra::Bus),
                "tick" => extras.push(Extra::Tick),
                _ if is_name(name) && names.len() < MOST => names.push(name.to_owned()),
                _ => return None,
            }
        }
        let events = if names.is_empty() { WantedNames::None } else { WantedNames::These(names) };
        Some(Self { events, extras })
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|one| one.is_alphanumeric() || matches!(one, '.' | '_' | '$' | '-'))
}
