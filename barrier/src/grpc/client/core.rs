//! A client's book behind its lock, and how those who work for it are woken.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::sync::Notify;
use tonic::transport::Channel;

use super::book::{Book, Phase};
use super::settings::Settings;
use crate::answer::Answer;
use crate::error::Gone;
use crate::grpc::v1;
use crate::grpc::v1::barrier_coordinator_client::BarrierCoordinatorClient;
use crate::grpc::v1::session_request::Request as Ask;
use crate::grpc::wire::Malformed;
use crate::messages::Messages;

/// What the contexts, the connection and the handles of one client share.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) settings: Settings,
    state: Mutex<State>,
    /// Notified when there may be a reason to connect, or to end.
    changed: Notify,
    /// Given when the client begins to close.
    pub(super) closing: Arc<Answer>,
    /// Given when nobody works for the client any more.
    pub(super) ended: Arc<Answer>,
}

#[derive(Debug)]
struct State {
    book: Book,
    /// The number of the present connection; those before it say no more.
    line: u64,
    /// Whether the present connection may carry requests: not before the server's welcome.
    is_up: bool,
    /// For calls beside the session, while there is a connection.
    client: Option<BarrierCoordinatorClient<Channel>>,
    /// Whoever sends.
    sender: Option<Waker>,
}

impl Core {
    pub(super) fn new(settings: Settings) -> Self {
        let book = Book::new(settings.log_waiting_every);
        let state = Mutex::new(State { book, line: 0, is_up: false, client: None, sender: None });
        Self { settings, state, changed: Notify::new(), closing: Answer::open(1), ended: Answer::open(1) }
    }

    /// Changes the book, and wakes whoever has work by it.
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Book) -> T) -> T {
        let mut state = self.lock();
        let changed = change(&mut state.book);
        let sender = state.sender.take();
        let is_up = state.is_up;
        drop(state);
        if let Some(sender) = sender {
            sender.wake();
        }
        if !is_up {
            self.changed.notify_one();
        }
        changed
    }

    /// Looks into the book.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&self.lock().book)
    }

    /// There is to be a new connection; answers its number.
    pub(super) fn next_line(&self) -> u64 {
        let mut state = self.lock();
        state.line += 1;
        state.is_up = false;
        let before = (state.client.take(), state.sender.take());
        let line = state.line;
        drop(state);
        drop(before);
        line
    }

    /// The server has welcomed the connection.
    pub(super) fn connected(&self, welcome: &v1::Welcome, client: BarrierCoordinatorClient<Channel>) {
        let mut state = self.lock();
        state.is_up = true;
        state.client = Some(client);
        let effects = state.book.connected(welcome);
        let sender = state.sender.take();
        drop(state);
        effects.carry_out();
        if let Some(sender) = sender {
            sender.wake();
        }
    }

    /// Takes in what the server says.
    pub(super) fn receive(&self, response: v1::SessionResponse) -> Result<(), Malformed> {
        let effects = self.lock().book.receive(response)?;
        effects.carry_out();
        Ok(())
    }

    /// What connection `line` is to send next; `None` when it has nothing more to say.
    pub(super) fn poll_next(&self, line: u64, context: &Context<'_>) -> Poll<Option<Ask>> {
        let mut state = self.lock();
        if state.line != line {
            return Poll::Ready(None);
        }
        if state.is_up {
            if let Some(ask) = state.book.next() {
                return Poll::Ready(Some(ask));
            }
            if state.book.phase() != Phase::Open {
                return Poll::Ready(None);
            }
        }
        let before = state.sender.replace(context.waker().clone());
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// A client for calls beside the session: on the present connection, or on one of its own.
    pub(super) fn client(&self) -> BarrierCoordinatorClient<Channel> {
        let present = self.lock().client.clone();
        present.unwrap_or_else(|| Settings::client(self.settings.endpoint.connect_lazy()))
    }

    /// Ends all gangs: the server cannot be reached.
    pub(super) fn give_up(&self, why: &Gone) {
        self.with(|book| book.kill_all(why)).carry_out();
    }

    /// Takes no more tasks, and says what is left to say.
    pub(super) fn close(&self) {
        self.with(Book::close).carry_out();
        self.changed.notify_one();
        self.closing.give(Ok(Messages::NONE));
    }

    /// Nobody works for the client any more.
    pub(super) fn end(&self) {
        let client = self.lock().client.take();
        drop(client);
        self.with(Book::end).carry_out();
        self.ended.give(Ok(Messages::NONE));
    }

    /// Waits until something has changed while there was no connection.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Says in the log who waits for long.
    pub(super) fn log_waiting(&self) {
        let waiting = self.lock().book.waiting_for_long(Instant::now());
        for (gang, task) in waiting {
            crate::sync_log::waiting(gang, task);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
