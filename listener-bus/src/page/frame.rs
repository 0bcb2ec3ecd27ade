//! Server-sent events, as they are written.

use axum::body::Bytes;

/// One event. Whatever its name and data are, they do not become another one: a line break, which neither needs to
/// have, is written as a space.
pub(super) fn frame(name: &str, data: &str) -> Bytes {
    let mut frame = String::with_capacity(name.len() + data.len() + 16);
    for (field, text) in [("event: ", name), ("data: ", data)] {
        frame.push_str(field);
        frame.extend(text.chars().map(|character| if is_break(character) { ' ' } else { character }));
        frame.push('\n');
    }
    frame.push('\n');
    frame.into()
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\0')
}

/// What keeps proxies from thinking that nobody is there.
pub(super) const KEEP_ALIVE: Bytes = Bytes::from_static(b": keep-alive\n\n");
