//! The command lines of `export` and `import`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use ops::{
    context::{OpsContext, OpsError},
    export::{self, Days, Exported, Form, day},
    grant::reason,
    import::{self, How},
    import_folder::{self, FolderImported},
};

/// The arguments of an export.
#[derive(Args)]
pub struct ExportArguments {
    /// The folder to create.
    folder: PathBuf,
    /// The form of the files. Only JSON can be imported.
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    format: Form,
    /// The first day (UTC) of the ledger and the jobs, such as 2026-03-01.
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Date>,
    /// The last day (UTC) of the ledger and the jobs; it belongs to the export.
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<Date>,
    /// Export although jobs are open. Such an export cannot be imported.
    #[arg(long)]
    for_reading: bool,
}

impl ExportArguments {
    /// Exports.
    ///
    /// # Errors
    /// The days are no range, or the export failed: then there is no folder.
    pub async fn run(self, context: &OpsContext) -> Result<Exported, OpsError> {
        let Self { folder, format: form, from, to, for_reading } = self;
        let days = Days::new(from, to)?;
        export::export(context, &folder, &export::How { form, days, for_reading }).await
    }
}

/// The arguments of an import.
#[derive(Args)]
pub struct ImportArguments {
    /// The folder of an export, or a CSV file.
    #[arg(value_name = "FOLDER|CSV")]
    source: PathBuf,
    /// The reason: for the note of the import or, with a CSV file, for the ledger of each imported person.
    #[arg(long, value_parser = reason)]
    reason: String,
    /// Carry the import out.
    #[arg(long)]
    apply: bool,
    /// Import the good rows of a CSV file that has bad ones.
    #[arg(long)]
    skip_bad: bool,
}

/// The result of an import.
pub enum Imported {
    /// Of an export.
    Folder(FolderImported),
    /// Of a CSV file of balances, with the error if bad rows kept it from being applied.
    Balances(import::Imported, Option<OpsError>),
}

impl ImportArguments {
    /// Imports.
    ///
    /// # Errors
    /// The source is neither a folder of an export nor a CSV file, or the import failed.
    pub async fn run(self, context: &OpsContext) -> Result<Imported, OpsError> {
        let Self { source, reason, apply, skip_bad } = self;
        if source.is_dir() {
            if skip_bad {
                let advice = "An export is imported as a whole, or not at all.";
                return Err(OpsError::new("--skip-bad is for a CSV file", advice));
            }
            return Ok(Imported::Folder(import_folder::import_folder(context, &source, &reason, apply).await?));
        }
        let advice = "Give the folder of an export, or the path of a CSV file.";
        let text = std::fs::read(&source)
            .map_err(|error| OpsError::new(format!("cannot read {}: {error}", source.display()), advice))?;
        let imported = import::import(context, import::read(&text)?, &reason, How { apply, skip_bad }).await?;
        let advice = "Correct the rows, or skip them with --skip-bad.";
        let refused = (apply && !imported.applied).then(|| OpsError::new("nothing was imported: the file has bad rows", advice));
        Ok(Imported::Balances(imported, refused))
    }
}
