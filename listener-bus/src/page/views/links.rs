//! Links from one page to another, relative to the page that has them: whatever path the router is nested under, and
//! whatever a proxy in front of it calls that path.

use std::fmt::Write as _;

/// Where the other pages are, seen from one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// In front of every path.
    root: String,
    /// The first page.
    home: String,
    /// The application that was asked for.
    application: Option<String>,
}

impl Links {
    /// Seen from the page at `original`, which is `inner` to the router, nested under `nested`.
    pub(super) fn of(original: &str, inner: &str, nested: Option<&str>) -> Self {
        let prefix = original.strip_suffix(inner).unwrap_or(original);
        let is_directory = original.ends_with('/');
        let last = prefix.rsplit('/').next().unwrap_or_default();
        let depth = inner.matches('/').count().saturating_sub(1);
        let up = if depth == 0 { "./".to_owned() } else { "../".repeat(depth) };
        let root = if inner == "/" && !is_directory { format!("./{last}/") } else { up };
        let ends_with_slash =
            prefix.is_empty() || is_directory || nested.is_some_and(|nested| nested.ends_with('/'));
        let home = match inner {
            _ if ends_with_slash => root.clone(),
            "/" => format!("./{last}"),
            _ => format!("{}{last}", "../".repeat(depth + 1)),
        };
        Self { root, home, application: None }
    }

    /// Links that stay with an application.
    pub(super) fn with_application(self, application: Option<String>) -> Self {
        Self { application, ..self }
    }

    /// The first page.
    pub(super) fn home(&self) -> String {
        self.with_query(&self.home, &[])
    }

    /// What is not a page: the API, a style sheet.
    pub(super) fn file(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// Another page.
    pub(super) fn to(&self, path: &str) -> String {
        self.query(path, &[])
    }

    /// Another page, with parameters.
    pub(super) fn query(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        self.with_query(&self.file(path), parameters)
    }

    /// The same page with other parameters.
    pub(super) fn here(&self, parameters: &[(&str, &str)]) -> String {
        let link = self.with_query("", parameters);
        if link.is_empty() { "?".to_owned() } else { link }
    }

    fn with_query(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        let application = self.application.as_deref().map(|id| ("app", id));
        let mut link = path.to_owned();
        let mut separator = '?';
        for (name, value) in application.into_iter().chain(parameters.iter().copied()) {
            link.push(separator);
            link.push_str(name);
            link.push('=');
            push_encoded(&mut link, value);
            separator = '&';
        }
        link
    }
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    push_encoded(&mut encoded, text);
    encoded
}

fn push_encoded(link: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            link.push(char::from(byte));
        } else {
            // A string takes whatever is written.
            let _written = write!(link, "%{byte:02X}");
        }
    }
}

/// A link to elsewhere, as events bring it, if it is one that a browser only opens.
pub(super) fn is_web(link: &str) -> bool {
    let starts =
        |scheme: &str| link.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    starts("http://") || starts("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser makes of a link on a page at `base`.
    fn resolve(base: &str, link: &str) -> String {
        let path = link.split('?').next().unwrap_or_default();
        let mut segments: Vec<_> = base.split('/').collect();
        segments.pop();
        for segment in path.split('/') {
            match segment {
                "." => {}
                ".." => drop(segments.pop()),
                other => segments.push(other),
            }
        }
        segments.join("/")
    }

    fn links_at(prefix: &str, inner: &str) -> (String, Links) {
        let original =
            if inner == "/" && !prefix.is_empty() { prefix.to_owned() } else { format!("{prefix}{inner}") };
        let links = Links::of(&original, inner, Some(prefix).filter(|prefix| !prefix.is_empty()));
        (original, links)
    }

    #[test]
    fn every_page_finds_every_other_wherever_it_is_nested() {
        let prefixes = ["", "/status", "/a/b:c"].into_iter();
        let pages =
            prefixes.flat_map(|prefix| ["/", "/jobs", "/jobs/3", "/stages/3/0"].map(|inner| (prefix, inner)));
        for (prefix, inner) in pages {
            let (original, links) = links_at(prefix, inner);
            assert_eq!(
                resolve(&original, &links.to("stages/7/1")),
                format!("{prefix}/stages/7/1"),
                "{original}"
            );
            let home = if prefix.is_empty() { "/" } else { prefix };
            assert_eq!(resolve(&original, &links.home()), home, "{original}");
        }
    }

    #[test]
    fn a_router_nested_with_a_slash_at_the_end_keeps_it() {
        for (original, inner) in [("/status/", "/"), ("/status/jobs/3", "/jobs/3")] {
            let links = Links::of(original, inner, Some("/status/"));
            assert_eq!(resolve(original, &links.home()), "/status/", "{original}");
            assert_eq!(resolve(original, &links.to("jobs")), "/status/jobs", "{original}");
        }
    }

    #[test]
    fn parameters_are_encoded_and_the_application_is_kept() {
        let links = Links::of("/jobs", "/jobs", None).with_application(Some("a&b\"<é".to_owned()));
        assert_eq!(links.to("jobs/1"), "./jobs/1?app=a%26b%22%3C%C3%A9");
        assert_eq!(links.here(&[("page", "2")]), "?app=a%26b%22%3C%C3%A9&page=2");
        assert_eq!(segment("../x"), "..%2Fx");
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert!(is_web("http://host/log") && is_web("HTTPS://host"));
        for other in ["javascript:alert(1)", " http://x", "data:text/html,x", "/stdout", "http:/x", "é"] {
            assert!(!is_web(other), "{other}");
        }
    }
}
