//! A Collector of a test's own, with the files that users get.

use super::{said, wait_for};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Runs until it is dropped.
pub(super) struct Collector {
    settings: Settings,
    process: Child,
}

/// How it is started, and again.
#[derive(Clone)]
pub(super) struct Settings {
    files: Vec<PathBuf>,
    variables: Vec<(&'static str, String)>,
    grpc: String,
    http: String,
    health: String,
    metrics: String,
    folder: PathBuf,
}

static COLLECTORS: AtomicU32 = AtomicU32::new(0);

impl Settings {
    /// With files of `collector-config/`, each laid over those before it.
    pub(super) fn new(files: &[&str], variables: &[(&'static str, String)]) -> Self {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("collector-config");
        let [grpc, http, health, metrics] = free_addresses();
        let number = COLLECTORS.fetch_add(1, Relaxed);
        let folder = format!("turnspan-collector-{}-{number}", std::process::id());
        Self {
            files: files.iter().map(|file| config.join(file)).collect(),
            variables: variables.to_vec(),
            grpc,
            http,
            health,
            metrics,
            folder: std::env::temp_dir().join(folder),
        }
    }

    /// Where it will take OTLP by gRPC, without a scheme.
    pub(super) fn grpc_address(&self) -> String {
        self.grpc.clone()
    }

    pub(super) fn start(self) -> Collector {
        fs::create_dir_all(&self.folder).unwrap();
        let log = fs::File::create(self.folder.join("log")).unwrap();
        let configs = self
            .files
            .iter()
            .flat_map(|file| ["--config".as_ref(), file.as_os_str()]);
        let process = Command::new(said("OTELCOL"))
            .args(configs)
            .env("COLLECTOR_GRPC", &self.grpc)
            .env("COLLECTOR_HTTP", &self.http)
            .env("COLLECTOR_HEALTH", &self.health)
            .env("COLLECTOR_METRICS_PORT", port(&self.metrics))
            .env("COLLECTOR_STORAGE", self.folder.join("queue"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut collector = Collector {
            settings: self,
            process,
        };
        let health = format!("http://{}/", collector.settings.health);
        wait_for("healthy Collector", || {
            if let Some(status) = collector.process.try_wait().unwrap() {
                let said = fs::read_to_string(collector.settings.folder.join("log"));
                panic!("the Collector ended with {status}: {}", said.unwrap());
            }
            super::get(&health)
        });
        collector
    }
}

impl Collector {
    pub(super) fn start(files: &[&str], variables: &[(&'static str, String)]) -> Self {
        Settings::new(files, variables).start()
    }

    /// Where it takes OTLP by gRPC.
    pub(super) fn grpc_url(&self) -> String {
        format!("http://{}", self.settings.grpc)
    }

    pub(super) fn grpc_address(&self) -> String {
        self.settings.grpc_address()
    }

    /// Where it takes OTLP by HTTP.
    pub(super) fn http_url(&self) -> String {
        format!("http://{}", self.settings.http)
    }

    /// As a crash does, with nothing said. The settings start the same again.
    pub(super) fn kill(mut self) -> Settings {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let settings = self.settings.clone();
        std::mem::forget(self);
        settings
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        drop(fs::remove_dir_all(&self.settings.folder));
    }
}

/// Of ports that nobody has for now.
fn free_addresses() -> [String; 4] {
    let listeners = [(); 4].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().to_string())
}

fn port(address: &str) -> &str {
    address.rsplit_once(':').unwrap().1
}
