//! A way to a server that can be cut, blocked, or led to another server.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Both,
    /// What the server says is kept.
    UpOnly,
    /// All is kept.
    None,
}

#[derive(Clone, Copy, Debug)]
struct State {
    flow: Flow,
    /// Connections made before the last cut are closed.
    cuts: u64,
    /// On connections made before the last silence, all is kept.
    silences: u64,
}

#[derive(Clone, Copy, Debug)]
enum Side {
    Up,
    Down,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    /// Where new connections lead; closed at once if nowhere.
    target: Arc<Mutex<Option<SocketAddr>>>,
}

impl Proxy {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::Sender::new(State { flow: Flow::Both, cuts: 0, silences: 0 }));
        let target = Arc::new(Mutex::new(Some(target)));
        tokio::spawn(accept(listener, Arc::clone(&state), Arc::clone(&target)));
        Self { address, state, target }
    }

    pub(crate) fn uri(&self) -> String {
        super::support::uri(self.address)
    }

    /// Closes all connections.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Closes all connections, and each new one.
    pub(crate) fn cut_for_good(&self) {
        *self.target.lock().unwrap() = None;
        self.cut();
    }

    /// Leads new connections elsewhere, and closes the present ones.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        *self.target.lock().unwrap() = Some(target);
        self.cut();
    }

    /// Keeps all that is sent, and closes nothing.
    pub(crate) fn swallow(&self) {
        self.state.send_modify(|state| state.flow = Flow::None);
    }

    /// Keeps all that is sent on the present connections, and closes nothing; new ones are as before.
    pub(crate) fn silence(&self) {
        self.state.send_modify(|state| state.silences += 1);
    }

    /// Keeps what the server says.
    pub(crate) fn hold_answers(&self) {
        self.state.send_modify(|state| state.flow = Flow::UpOnly);
    }

    /// Closes all connections; what is sent over new ones arrives again.
    pub(crate) fn cut_and_open(&self) {
        self.state.send_modify(|state| {
            state.flow = Flow::Both;
            state.cuts += 1;
        });
    }
}

async fn accept(
    listener: TcpListener,
    state: Arc<watch::Sender<State>>,
    target: Arc<Mutex<Option<SocketAddr>>>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let to = *target.lock().unwrap();
        let Some(to) = to else { continue };
        let Ok(server) = TcpStream::connect(to).await else { continue };
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let (client_reads, client_writes) = client.into_split();
        let (server_reads, server_writes) = server.into_split();
        tokio::spawn(pass(client_reads, server_writes, Side::Up, state.subscribe()));
        tokio::spawn(pass(server_reads, client_writes, Side::Down, state.subscribe()));
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    side: Side,
    mut state: watch::Receiver<State>,
) {
    let born = *state.borrow();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let State { flow, cuts, silences } = *state.borrow_and_update();
        if cuts != born.cuts {
            return;
        }
        let is_open = silences == born.silences
            && match (flow, side) {
                (Flow::Both, _) | (Flow::UpOnly, Side::Up) => true,
                (Flow::UpOnly, Side::Down) | (Flow::None, _) => false,
            };
        tokio::select! {
            read = from.read(&mut buffer), if is_open => {
                let Ok(bytes @ 1..) = read else { return };
                if to.write_all(&buffer[..bytes]).await.is_err() {
                    return;
                }
            }
            changed = state.changed() => if changed.is_err() { return },
        }
    }
}
