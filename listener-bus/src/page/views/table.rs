//! Tables, as all pages have them.

use maud::{Markup, html};

use super::format::{machine_time, time};
use crate::status::Date;

/// The head of a column.
pub(super) enum Head {
    /// Of words.
    Text(&'static str),
    /// Of numbers, which stand at the right.
    Number(&'static str),
}

/// A table that scrolls on its own where it is wider than the page.
pub(super) fn table(id: &str, caption: &str, heads: &[Head], rows: &Markup) -> Markup {
    let head = html! {
        @for head in heads {
            @match head {
                Head::Text(text) => th scope="col" { (text) },
                Head::Number(text) => th.n scope="col" { (text) },
            }
        }
    };
    with_heads(id, caption, &head, rows)
}

/// The same with heads of one's own.
pub(super) fn with_heads(id: &str, caption: &str, heads: &Markup, rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table id=(id) {
                caption.unseen { (caption) }
                thead { tr { (heads) } }
                tbody { (rows) }
            }
        }
    }
}

/// A time that machines can read too.
pub(super) fn when(date: Option<Date>) -> Markup {
    html! {
        @match date.filter(|date| date.0 > 0) {
            Some(date) => time datetime=(machine_time(date)) { (time(date)) },
            None => { (super::format::NOTHING) },
        }
    }
}

/// A long text that shows its beginning, and on demand the rest.
pub(super) fn shortened(id: &str, text: &str, characters: usize) -> Markup {
    let first = super::format::telling_line(text, characters);
    html! {
        @if first.len() == text.trim().len() {
            bdi { (first) }
        } @else {
            details id=(id) {
                summary { bdi { (first) } }
                pre { (text) }
            }
        }
    }
}
