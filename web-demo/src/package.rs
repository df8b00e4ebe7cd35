//! The browser package: built by `wasm/build.sh`, served from `wasm/pkg`.

use std::path::{Component, Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::{fmt, io};

/// Builds the browser package unless it is up to date, and installs the tools this takes.
///
/// What the script prints goes to standard error: standard output is for the server's addresses.
///
/// # Errors
///
/// If the script cannot be started or fails.
pub fn build() -> Result<(), BuildError> {
    let status = Command::new("bash")
        .arg("wasm/build.sh")
        .current_dir(repository())
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status()
        .map_err(BuildError::Start)?;
    if status.success() {
        Ok(())
    } else {
        Err(BuildError::Failed(status))
    }
}

/// Why the browser package could not be built.
#[derive(Debug)]
pub enum BuildError {
    /// The script could not be started.
    Start(io::Error),
    /// The script ended unsuccessfully.
    Failed(ExitStatus),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => write!(f, "cannot run `bash wasm/build.sh`: {error}"),
            Self::Failed(status) => write!(
                f,
                "`bash wasm/build.sh` failed ({status}); --no-build serves the package as it is"
            ),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start(error) => Some(error),
            Self::Failed(_) => None,
        }
    }
}

/// The contents of the package's file of this name, if there is one.
pub(crate) async fn file(name: &str) -> Option<Vec<u8>> {
    let name = Path::new(name);
    // Nothing that leads out of the package, nor its hidden files.
    let is_inside = name.components().all(|part| {
        matches!(part, Component::Normal(part) if !part.as_encoded_bytes().starts_with(b"."))
    });
    if !is_inside {
        return None;
    }
    tokio::fs::read(repository().join("wasm/pkg").join(name))
        .await
        .ok()
}

/// The repository that this program was built from.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
