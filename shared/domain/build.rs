//! Writes `infra/catalog.toml` as JSON for the catalog that the build embeds.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let source = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../infra/catalog.toml");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", source.display());
    let text = fs::read_to_string(&source).map_err(|error| format!("{} cannot be read: {error}", source.display()))?;
    let catalog: serde_json::Value = toml::from_str(&text).map_err(|error| format!("infra/catalog.toml is not TOML: {error}"))?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("catalog.json"), catalog.to_string())?;
    Ok(())
}
