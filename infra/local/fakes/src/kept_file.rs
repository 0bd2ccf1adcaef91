//! Writes files that outlast the process.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file beside its place, and moves it there once its bytes are on the disk. A kill leaves the former file or the new one.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = fs::File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(new, path)
}
