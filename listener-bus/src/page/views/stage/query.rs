//! Which tasks are wanted, and in which order.

use maud::{Markup, html};

use super::columns::Column;
use crate::page::views::error::PageError;
use crate::page::views::paging;
use crate::page::views::visit::Visit;
use crate::status::{TaskRow, TaskStatus};

/// The tasks that a page shows.
pub(super) const PAGE: usize = 100;

/// What has become of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TaskState {
    Running,
    GetResult,
    Success,
    Failed,
    Killed,
    Unknown,
}

impl TaskState {
    pub(super) const ALL: [Self; 6] =
        [Self::Running, Self::GetResult, Self::Success, Self::Failed, Self::Killed, Self::Unknown];

    pub(super) fn of(status: TaskStatus) -> Self {
        match status {
            TaskStatus::Running => Self::Running,
            TaskStatus::GetResult => Self::GetResult,
            TaskStatus::Success => Self::Success,
            TaskStatus::Failed => Self::Failed,
            TaskStatus::Killed => Self::Killed,
            TaskStatus::Unknown(_) => Self::Unknown,
        }
    }

    /// In parameters, and in the style sheet.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::GetResult => "get-result",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Killed => "killed",
            Self::Unknown => "unknown",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::GetResult => "getting result",
            other => other.name(),
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Running | Self::GetResult => "active",
            Self::Success => "good",
            Self::Failed => "bad",
            Self::Killed => "idle",
            Self::Unknown => "warn",
        }
    }

    pub(super) fn badge(self) -> Markup {
        html! { span.badge.(self.class()) { (self.words()) } }
    }
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Rising,
    Falling,
}

impl Order {
    fn of(text: &str) -> Option<Self> {
        match text {
            "true" | "1" => Some(Self::Falling),
            "false" | "0" => Some(Self::Rising),
            _ => None,
        }
    }

    pub(super) fn desc(self) -> &'static str {
        match self {
            Self::Rising => "false",
            Self::Falling => "true",
        }
    }

    pub(super) fn turned(self) -> Self {
        match self {
            Self::Rising => Self::Falling,
            Self::Falling => Self::Rising,
        }
    }
}

/// Which tasks are wanted, and in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TaskQuery {
    pub(super) sort: Column,
    pub(super) order: Order,
    pub(super) state: Option<TaskState>,
    pub(super) executor: Option<String>,
    /// Looked for in error messages, whatever the case of its letters.
    pub(super) text: Option<String>,
    /// From 1.
    pub(super) page: usize,
}

impl TaskQuery {
    pub(super) fn of(visit: &Visit) -> Result<Self, PageError> {
        let states = "“running”, “get-result”, “success”, “failed”, “killed”, “unknown” or “all”";
        let state = visit.choice("status", states, |text| match text {
            "all" => Some(None),
            _ => TaskState::ALL.into_iter().find(|state| state.name() == text).map(Some),
        })?;
        Ok(Self {
            sort: visit
                .choice("sort", "the name of a column of the table", Column::of)?
                .unwrap_or(Column::Index),
            order: visit.choice("desc", "“true” or “false”", Order::of)?.unwrap_or(Order::Rising),
            state: state.flatten(),
            executor: visit.parameter("executor").map(str::to_owned),
            text: visit.parameter("text").map(str::to_owned),
            page: paging::asked(visit)?,
        })
    }

    /// Whether any task is left out.
    pub(super) fn is_filtered(&self) -> bool {
        self.state.is_some() || self.executor.is_some() || self.text.is_some()
    }

    /// As parameters of a link, but for the page.
    pub(super) fn parameters(&self) -> Vec<(&'static str, &str)> {
        let mut parameters = vec![("sort", self.sort.name()), ("desc", self.order.desc())];
        parameters.extend(self.state.map(|state| ("status", state.name())));
        parameters.extend(self.executor.as_deref().map(|executor| ("executor", executor)));
        parameters.extend(self.text.as_deref().map(|text| ("text", text)));
        parameters
    }

    /// The tasks wanted, all pages of them.
    pub(super) fn select<'s>(
        &self,
        tasks: impl Iterator<Item = &'s TaskRow>,
        now: crate::status::Date,
    ) -> Vec<&'s TaskRow> {
        let text = self.text.as_deref().map(str::to_lowercase);
        let wanted = tasks.filter(|task| self.wants(task, text.as_deref()));
        let mut keyed: Vec<_> = wanted.map(|task| (self.sort.key(task, now), task)).collect();
        keyed.sort_by(|(one, first), (other, second)| {
            let order = match self.order {
                Order::Rising => one.cmp(other),
                Order::Falling => other.cmp(one),
            };
            order.then(first.task_id.cmp(&second.task_id))
        });
        keyed.into_iter().map(|(_, task)| task).collect()
    }

    fn wants(&self, task: &TaskRow, text: Option<&str>) -> bool {
        let has_text = |text: &str| {
            task.error_message.as_deref().is_some_and(|error| error.to_lowercase().contains(text))
        };
        self.state.is_none_or(|state| state == TaskState::of(task.status))
            && self.executor.as_deref().is_none_or(|executor| executor == task.executor_id.as_str())
            && text.is_none_or(has_text)
    }
}
