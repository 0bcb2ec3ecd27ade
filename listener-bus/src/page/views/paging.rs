//! Long lists, a page at a time.

use maud::{Markup, html};

use super::error::PageError;
use super::format::{count, counted};
use super::visit::Visit;

/// The rows of a list that a page shows.
pub(super) const ROWS: usize = 200;

/// The page that is asked for, from 1.
pub(super) fn asked(visit: &Visit) -> Result<usize, PageError> {
    let page = |text: &str| text.parse().ok().filter(|page| *page > 0);
    Ok(visit.choice("page", "a number from 1", page)?.unwrap_or(1))
}

/// A page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paging {
    /// From 1.
    page: usize,
    /// All of them; 1 at least.
    pages: usize,
    /// The rows of one.
    rows: usize,
}

impl Paging {
    /// The page that was asked for, of a list of so many rows.
    pub(super) fn of(asked: usize, (rows, all): (usize, usize)) -> Self {
        let pages = all.div_ceil(rows).max(1);
        // Beyond the end is the last one: something may have been forgotten since the link was made.
        Self { page: asked.min(pages), pages, rows }
    }

    /// What is on the page, of a list that comes part by part.
    pub(super) fn window(self) -> Window {
        Window { before: (self.page - 1).saturating_mul(self.rows), room: self.rows }
    }

    /// Links to the other pages of `what`; nothing where there is one page only.
    pub(super) fn pager(self, what: &str, link: impl Fn(&str) -> String) -> Markup {
        let Self { page, pages, .. } = self;
        let link = |page: usize| link(&page.to_string());
        html! {
            @if pages > 1 {
                nav.pager aria-label={ "Pages of " (what) } {
                    @if page > 1 { a href=(link(1)) { "First" } " " a rel="prev" href=(link(page - 1)) { "Previous" } }
                    span { "Page " (count(page)) " of " (count(pages)) }
                    @if page < pages { a rel="next" href=(link(page + 1)) { "Next" } " " a href=(link(pages)) { "Last" } }
                }
            }
        }
    }
}

/// The part of a list that a page shows.
#[derive(Debug)]
pub(super) struct Window {
    /// The rows before it that are still to come.
    before: usize,
    /// The rows it still has room for.
    room: usize,
}

impl Window {
    /// What the page shows of the next part of the list.
    pub(super) fn shown<T>(&mut self, part: Vec<T>) -> Vec<T> {
        let before = self.before.min(part.len());
        self.before -= before;
        let shown: Vec<T> = part.into_iter().skip(before).take(self.room).collect();
        self.room -= shown.len();
        shown
    }
}

/// A list in parts, each with a name, the number of its rows, and those of them that a page shows.
pub(super) type Parts<P, T> = Vec<(P, usize, Vec<T>)>;

/// The parts that a page shows any row of.
pub(super) fn shown_parts<P, T>(paging: Paging, parts: impl IntoIterator<Item = (P, Vec<T>)>) -> Parts<P, T> {
    let mut window = paging.window();
    let shown = parts.into_iter().map(|(part, rows)| (part, rows.len(), window.shown(rows)));
    shown.filter(|(_, _, rows)| !rows.is_empty()).collect()
}

/// Says that the end of a list is left out, where it is.
pub(super) fn left_out(all: usize, shown: usize, (one, many): (&str, &str)) -> Markup {
    html! {
        @if all > shown {
            p { "The first " (counted(shown, one, many)) " of " (count(all)) " are shown." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: usize) -> Parts<char, usize> {
        let parts = [('a', (0..3).collect()), ('b', Vec::new()), ('c', (3..8).collect())];
        shown_parts(Paging::of(page, (4, 8)), parts)
    }

    #[test]
    fn pages_go_on_from_one_part_to_the_next() {
        assert_eq!(shown(1), [('a', 3, vec![0, 1, 2]), ('c', 5, vec![3])]);
        assert_eq!(shown(2), [('c', 5, vec![4, 5, 6, 7])]);
        assert_eq!(shown(usize::MAX), shown(2), "beyond the end is the last page");
        assert!(shown_parts(Paging::of(7, (4, 0)), [('a', Vec::<u8>::new())]).is_empty());
    }
}
