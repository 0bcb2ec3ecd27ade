//! A page that is served, and a reader of it.

use std::net::SocketAddr;

use listener_bus::page::{PageServer, StatusPage, StatusPageBuilder};

use crate::support::{Answer, ask};

/// A page that is served until it is dropped.
pub(crate) struct Site {
    server: PageServer,
}

pub(crate) fn serve(page: StatusPageBuilder) -> Site {
    Site { server: crate::support::serve(&page.build()) }
}

/// A page of an application.
pub(crate) fn site_of(told: &super::told::Told) -> Site {
    serve(StatusPage::builder().status(told.store()))
}

pub(crate) fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    ask(address, &format!("GET {path}"), &lines.concat())
}

impl Site {
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        get(self.server.local_addr(), path, headers)
    }

    /// A page that must be there.
    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }
}

/// What stands between two texts, the first time.
pub(crate) fn between<'h>(html: &'h str, from: &str, to: &str) -> &'h str {
    let rest = html.split_once(from).expect(from).1;
    rest.split_once(to).expect(to).0
}

/// All values of an attribute, in order.
pub(crate) fn attributes<'h>(html: &'h str, name: &str) -> Vec<&'h str> {
    let begin = format!(" {name}=\"");
    html.split(&begin).skip(1).map(|rest| rest.split('"').next().unwrap_or_default()).collect()
}

/// The words of a page, without its tags.
pub(crate) fn words(html: &str) -> String {
    let texts = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    let words: Vec<_> = texts.flat_map(str::split_whitespace).collect();
    words.join(" ")
}
