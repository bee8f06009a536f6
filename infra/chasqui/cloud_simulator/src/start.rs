//! Starting and stopping a simulator, and keeping its world in a file.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::delivery::{LANES, client, run_lane, verify};
use crate::message::{Author, State};
use crate::options::Options;
use crate::server;
use crate::simulation::{Handshake, Simulation};
use crate::world::{Kept, World};

/// How often a changed world is written to the data file.
const SAVE_EVERY: Duration = Duration::from_millis(500);
/// The handshake is tried for about ten seconds: the webhook may be starting at the same time.
const HANDSHAKE_TRIES: u32 = 20;

/// Why a simulator did not start, or could not keep its world.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The port is taken.
    #[error("cannot listen on 127.0.0.1:{port}: {source}; choose another port, or 0 for a free one")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// The data file is there and cannot be read or written.
    #[error("the data file {path} cannot be used: {reason}; move it away to start with an empty simulation")]
    DataFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A simulated WhatsApp Cloud API.
#[derive(Debug)]
pub struct CloudSimulator;

/// A running simulator; dropping it stops it.
pub struct Handle {
    simulation: Arc<Simulation>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl CloudSimulator {
    /// Starts listening on 127.0.0.1, and the handshake with the webhook in the background.
    ///
    /// # Errors
    /// The port is taken, or the data file exists and is not one of ours.
    pub async fn start(options: Options) -> Result<Handle, SimulatorError> {
        let kept = match &options.data_file {
            Some(path) => load(path)?,
            None => Kept::default(),
        };
        let port = options.port;
        let listen = |source| SimulatorError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        let (lanes, receivers): (Vec<_>, Vec<_>) = (0..LANES).map(|_| mpsc::unbounded_channel()).unzip();
        let world = World::new(kept, options.behaviour.clone());
        let simulation = Arc::new(Simulation::new(options, world, lanes));
        let _ = simulation.address.set(address);
        let http = client();
        for receiver in receivers {
            tokio::spawn(run_lane(Arc::clone(&simulation), http.clone(), receiver));
        }
        let unfinished: Vec<String> = {
            let world = simulation.world();
            let unfinished = world
                .kept
                .messages
                .values()
                .filter(|message| message.author == Author::Business && message.state < State::Read);
            unfinished.map(|message| message.id.clone()).collect()
        };
        for message in unfinished {
            simulation.follow(message);
        }
        tokio::spawn(handshake(Arc::clone(&simulation)));
        if let Some(path) = simulation.options.data_file.clone() {
            tokio::spawn(keep(Arc::clone(&simulation), path));
        }
        let server = tokio::spawn(server::serve(listener, Arc::clone(&simulation)));
        Ok(Handle { simulation, address, server })
    }
}

impl Handle {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The value for `GRAPH_URL`, and the address of the phone page: `http://127.0.0.1:port`, without a final slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How the GET handshake with the webhook ended; waits for it.
    pub async fn handshake(&self) -> Handshake {
        let mut result = self.simulation.handshake.subscribe();
        let ended = result.wait_for(|handshake| *handshake != Handshake::Pending).await;
        ended.map_or(Handshake::Pending, |handshake| handshake.clone())
    }

    /// Stops it: the port is free and the world written when this returns.
    ///
    /// # Errors
    /// The data file cannot be written.
    pub async fn stop(mut self) -> Result<(), SimulatorError> {
        self.simulation.stopped.send_replace(true);
        let _ = (&mut self.server).await;
        match &self.simulation.options.data_file {
            Some(path) => save(&self.simulation, path),
            None => Ok(()),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.simulation.stopped.send_replace(true);
    }
}

async fn handshake(simulation: Arc<Simulation>) {
    // Without an address the handshake waits for a subscription that brings one.
    let Some(url) = simulation.options.webhook_url.clone() else { return };
    let http = client();
    let mut result = Handshake::Pending;
    for _ in 0..HANDSHAKE_TRIES {
        result = verify(&http, &url, &simulation.options.verify_token).await;
        // Something answered, rightly or wrongly, or the simulator was stopped: no use trying again.
        let silent = matches!(&result, Handshake::Failed(reason) if !reason.contains("answered"));
        if !silent || *simulation.stopped.borrow() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    if let Handshake::Failed(reason) = &result {
        tracing::warn!(%reason, "the webhook did not pass the GET handshake");
    }
    simulation.handshake.send_replace(result);
    simulation.notify("status", None);
}

fn load(path: &Path) -> Result<Kept, SimulatorError> {
    let unusable = |reason: String| SimulatorError::DataFile { path: path.to_owned(), reason };
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Kept::default()),
        Err(error) => Err(unusable(error.to_string())),
    }
}

async fn keep(simulation: Arc<Simulation>, path: PathBuf) {
    let mut stopped = simulation.stopped.subscribe();
    loop {
        tokio::select! {
            () = tokio::time::sleep(SAVE_EVERY) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        if let Err(error) = save(&simulation, &path) {
            tracing::error!(%error, "the simulated world was not kept");
        }
    }
}

/// Writes the world if it changed: to a neighbour first, so that a crash leaves the old file whole.
fn save(simulation: &Simulation, path: &Path) -> Result<(), SimulatorError> {
    let unusable =
        |error: &dyn std::fmt::Display| SimulatorError::DataFile { path: path.to_owned(), reason: error.to_string() };
    let bytes = {
        let mut world = simulation.world();
        if !std::mem::replace(&mut world.dirty, false) {
            return Ok(());
        }
        serde_json::to_vec(&world.kept).map_err(|error| unusable(&error))?
    };
    let neighbour = path.with_extension("writing");
    let written =
        std::fs::File::create(&neighbour).and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()));
    written.and_then(|()| std::fs::rename(&neighbour, path)).map_err(|error| unusable(&error))
}
