//! What a page shows, and where it comes from.

use std::sync::Arc;

use axum::Router;

use super::access::{Admission, with_access};
use super::samples::{BusSource, Sampler};
use super::serve::{PageServer, ServeError};
use super::state::PageState;
use super::stream::EventStreamListener;
use super::{api, views};
use crate::access::{Token, may_serve};
use crate::coordination::{BarrierRounds, CommitDecisions};
use crate::events::SchedulerEvent;
use crate::status::{AppStatusListener, AppStatusStore};
use crate::{AddListenerError, LiveListenerBus};

/// The queue of the listener that hands events to those who read `/api/v1/events`.
pub const EVENT_STREAM: &str = "eventStream";

/// A page, and the API it is made of; a clone shows the same.
#[derive(Clone, Debug)]
#[must_use = "it shows nothing until it is served, or its router is"]
pub struct StatusPage {
    state: Arc<PageState>,
}

/// Sets a [`StatusPage`] up.
#[derive(Debug)]
#[must_use = "nothing is set up until it is built"]
pub struct StatusPageBuilder {
    state: PageState,
    source: Option<BusSource>,
}

impl StatusPage {
    /// Sets up a page that shows what it is given.
    pub fn builder() -> StatusPageBuilder {
        StatusPageBuilder { state: PageState::default(), source: None }
    }

    /// A page of a bus of scheduler events: of the bus itself, and of what its events tell.
    ///
    /// # Errors
    /// [`AddListenerError`], if the bus takes no listeners any more.
    pub fn of(bus: &LiveListenerBus<SchedulerEvent>) -> Result<Self, AddListenerError> {
        Ok(Self::builder().scheduler_bus(bus)?.build())
    }

    /// The page and the API, to be nested into a server; it needs tokio. With a token, whoever does not show it sees
    /// nothing; without one, it is for the server to say who may see it.
    pub fn router(&self, token: Option<Token>) -> Router {
        self.admitting(token.map_or(Admission::Anybody, Admission::Token))
    }

    fn admitting(&self, admission: Admission) -> Router {
        let router = api::router().merge(views::router()).with_state(Arc::clone(&self.state));
        with_access(router, admission)
    }

    /// Serves the page from threads of its own, until the server is dropped. Port 0 takes a free one. Without a token, it
    /// answers only who asks for `localhost` or for an address: a page elsewhere may give its own name our address, and
    /// would read what is meant for this machine.
    ///
    /// # Errors
    /// [`ServeError`]; [`ServeError::TokenNeeded`] for an address that others can reach, without a token.
    pub fn serve(
        &self,
        address: std::net::SocketAddr,
        token: Option<Token>,
    ) -> Result<PageServer, ServeError> {
        may_serve(address, token.as_ref())?;
        let admission = token.map_or(Admission::OwnHost, Admission::Token);
        PageServer::start(address, self.admitting(admission))
    }
}

impl StatusPageBuilder {
    /// Shows a bus of any events: its queues, listeners and drops.
    pub fn bus<E: Send + Sync + 'static>(mut self, bus: &LiveListenerBus<E>) -> Self {
        self.source = Some(BusSource::of(bus));
        self
    }

    /// Shows a bus of scheduler events, and what its events tell. Adds a listener to the queue for the application's
    /// status, and one to a queue of its own for those who follow the events.
    ///
    /// # Errors
    /// [`AddListenerError`], if the bus takes no listeners any more.
    pub fn scheduler_bus(self, bus: &LiveListenerBus<SchedulerEvent>) -> Result<Self, AddListenerError> {
        let listener = AppStatusListener::default();
        let store = listener.store();
        bus.add_to_status_queue(listener)?;
        let followed = EventStreamListener::new();
        let stream = followed.stream();
        bus.add_to_queue(EVENT_STREAM, followed)?;
        let mut page = self.status(store).bus(bus);
        page.state.stream = Some(stream);
        Ok(page)
    }

    /// Shows what a listener keeps of applications.
    pub fn status(mut self, store: AppStatusStore) -> Self {
        self.state.store = Some(store);
        self
    }

    /// Shows the barrier rounds that are being waited for. May be called for several coordinators.
    pub fn barriers(mut self, rounds: impl BarrierRounds) -> Self {
        self.state.barriers.push(Box::new(rounds));
        self
    }

    /// Shows who may commit and who was denied. May be called for several coordinators.
    pub fn commits(mut self, decisions: impl CommitDecisions) -> Self {
        self.state.commits.push(Box::new(decisions));
        self
    }

    /// The page. From here on, it looks at the bus once a second.
    pub fn build(mut self) -> StatusPage {
        self.state.sampler = self.source.map(Sampler::start);
        StatusPage { state: Arc::new(self.state) }
    }
}
