//! A thread that serves HTTP until it is told to stop.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use axum::Router;
use crossbeam::channel::{Receiver, RecvTimeoutError, bounded};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// How long dropping a server waits for its thread.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves a router until it is dropped.
#[derive(Debug)]
pub(crate) struct ServerThread {
    address: SocketAddr,
    name: &'static str,
    /// Dropped to stop the thread.
    stop: Option<oneshot::Sender<()>>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
}

/// A runtime that may be dropped wherever it is, also where another one runs.
struct OwnRuntime(Option<Runtime>);

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Listens at an address.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl ServerThread {
    /// Starts a thread of this name, which serves on `runtime`, beside `chores` that end only with it.
    pub(crate) fn start(
        name: &'static str,
        (listener, runtime): (TcpListener, Runtime),
        router: Router,
        chores: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<Self> {
        let runtime = OwnRuntime(Some(runtime));
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let (alive, ended) = bounded::<()>(0);
        let work = move || {
            if let Some(runtime) = &runtime.0 {
                runtime.block_on(serve(name, (listener, router), chores, stopped));
            }
            drop(runtime);
            drop(alive);
        };
        thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { address, name, stop: Some(stop), ended })
    }

    /// The address it listens on, with the port that was chosen.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.ended.recv_timeout(DROP_TIMEOUT) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!(address = %self.address, server = self.name, "a server did not end in time and is left behind");
        }
    }
}

async fn serve(
    name: &'static str,
    (listener, router): (TcpListener, Router),
    chores: impl Future<Output = ()>,
    stopped: oneshot::Receiver<()>,
) {
    let serving = async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, router).await
    };
    tokio::select! {
        ended = serving => {
            if let Err(error) = ended {
                tracing::error!(%error, server = name, "a server ended");
            }
        }
        () = chores => {}
        _ = stopped => {}
    }
}
