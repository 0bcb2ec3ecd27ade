//! Which settings hold secrets, and what is written in their place.

#[cfg(feature = "page")]
mod events;
mod sql;

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::events::{EnvironmentUpdate, OtherEvent, Properties};

/// What is written in place of a secret.
pub const REDACTED: &str = "*********(redacted)";

/// The names that secrets go by, unless others are given.
const DEFAULT_PATTERN: &str = "(?i)secret|password|token|access[.]?key|credential";

/// Which settings hold secrets, as `spark.redaction.regex` tells it.
///
/// A setting whose name or value the pattern matches is written as [`REDACTED`]; so a command line that mentions a
/// password goes as a whole. Beyond Spark, every URL loses the user and password before its host, and class paths, which
/// Spark writes as they are, lose what stands behind a matching name and `=`. A password with a `/`, `?` or `#` that is not
/// percent-encoded does not make a URL: it stays, unless the pattern matches.
///
/// Secrets are looked for in the properties of environments, jobs and stages, and in the settings that a query of SQL
/// changes; all other events are written as they are.
#[derive(Clone, Debug)]
pub struct Redaction {
    pattern: Regex,
}

impl Redaction {
    /// Takes `pattern`, which is looked for anywhere in names and values.
    ///
    /// # Errors
    ///
    /// When it is not a pattern. Look-around and back references, which Java's patterns have, are not known here.
    pub fn new(pattern: &str) -> Result<Self, regex::Error> {
        Regex::new(pattern).map(|pattern| Self { pattern })
    }

    /// The pattern.
    #[cfg(feature = "event-log")]
    pub fn pattern(&self) -> &str {
        self.pattern.as_str()
    }

    /// The settings without secrets.
    pub(crate) fn environment(&self, event: &EnvironmentUpdate) -> EnvironmentUpdate {
        let mut event = event.clone();
        for section in [
            &mut event.jvm_information,
            &mut event.spark_properties,
            &mut event.hadoop_properties,
            &mut event.system_properties,
            &mut event.metrics_properties,
        ] {
            self.properties(section, |_| true);
        }
        self.class_path(&mut event.classpath_entries);
        event
    }

    /// The start of a query of SQL without secrets, if it has any.
    pub(crate) fn sql(&self, event: &OtherEvent) -> Option<OtherEvent> {
        sql::without_secrets(event, self)
    }

    /// Redacts the settings that `chosen` agrees to, by name; the others stay as they are.
    pub(crate) fn properties(&self, properties: &mut Properties, chosen: impl Fn(&str) -> bool) {
        for (key, value) in properties.iter_mut().filter(|(key, _)| chosen(key)) {
            self.setting(key, value);
        }
    }

    /// Redacts the entries of a class path: the secrets in each, and not the entry.
    fn class_path(&self, entries: &mut Properties) {
        let redacted = |entry: &str| match self.entry(entry) {
            Cow::Owned(redacted) => Some((entry.to_owned(), redacted)),
            Cow::Borrowed(_) => None,
        };
        let changed: Vec<_> = entries.keys().filter_map(|entry| redacted(entry)).collect();
        for (entry, redacted) in changed {
            if let Some(origin) = entries.remove(&entry) {
                entries.insert(redacted, origin);
            }
        }
        for origin in entries.values_mut() {
            if let Cow::Owned(redacted) = self.entry(origin) {
                *origin = redacted;
            }
        }
    }

    pub(crate) fn setting(&self, key: &str, value: &mut String) {
        if self.pattern.is_match(key) || self.pattern.is_match(value) {
            REDACTED.clone_into(value);
        } else if let Cow::Owned(redacted) = without_users(value) {
            *value = redacted;
        }
    }

    pub(crate) fn entry<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = without_users(text);
        match self.without_assigned(&text) {
            Cow::Owned(redacted) => Cow::Owned(redacted),
            Cow::Borrowed(_) => text,
        }
    }

    /// Replaces what stands behind each name that matches and `=`.
    fn without_assigned<'t>(&self, text: &'t str) -> Cow<'t, str> {
        static ASSIGNED: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"([^\s=&?;,/:]+)=([^\s&;,]+)").ok());
        let Some(assigned) = &*ASSIGNED else { return Cow::Borrowed(text) };
        if !assigned.captures_iter(text).any(|found| self.pattern.is_match(&found[1])) {
            return Cow::Borrowed(text);
        }
        let replaced = assigned.replace_all(text, |found: &regex::Captures<'_>| {
            let secret = self.pattern.is_match(&found[1]);
            if secret { format!("{}={REDACTED}", &found[1]) } else { found[0].to_owned() }
        });
        Cow::Owned(replaced.into_owned())
    }
}

impl Default for Redaction {
    fn default() -> Self {
        Self { pattern: Regex::new(DEFAULT_PATTERN).expect("the default is a pattern") }
    }
}

/// Takes the user and password out of every URL.
fn without_users(text: &str) -> Cow<'_, str> {
    static USER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"://[^\s/?#]*@").ok());
    match &*USER {
        Some(user) => user.replace_all(text, format!("://{REDACTED}@")),
        None => Cow::Borrowed(text),
    }
}
