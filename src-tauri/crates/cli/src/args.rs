//! The words of the command line, as the contract has them. Knows how to read them, not what they do.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use vodlift_app::api::Source;
use vodlift_engine::model::{Kind, Wait};

/// Uploads video, audio, images and subtitles to ApsaraVideo VOD, and keeps going.
#[derive(Parser)]
#[command(name = "vodlift-cli", version)]
pub(crate) struct Cli {
    /// Profile to use instead of the active one
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// One JSON object per line on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Say nothing but failures
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Upload files and folders, and wait for the end
    Upload(Box<Upload>),
    /// Continue everything that is unfinished, and wait for the end
    Resume,
    /// Send a transfer from the beginning, because its file changed, and wait for the end
    StartOver {
        /// Its id, or as much of its beginning as no other has
        id: String,
        /// Where the file is now
        #[arg(long, value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Take a transfer out of the queue; what is unfinished is cleaned up at VOD
    Drop {
        /// Its id, or as much of its beginning as no other has
        id: String,
    },
    /// Show every transfer
    Status,
    /// Show what has ended
    History {
        /// As comma-separated values
        #[arg(long)]
        csv: bool,
    },
    /// Show what is inside an UploadAddress or UploadAuth, secrets masked
    Decode {
        /// UploadAddress; - reads it from standard input, @FILE from a file
        #[arg(long, value_name = "TEXT|-|@FILE", allow_hyphen_values = true)]
        address: Option<String>,
        /// UploadAuth; - reads it from standard input, @FILE from a file
        #[arg(long, value_name = "TEXT|-|@FILE", allow_hyphen_values = true)]
        auth: Option<String>,
    },
    /// Accounts
    Profile {
        #[command(subcommand)]
        command: Profile,
    },
    /// Run the pretend cloud in the foreground
    Sandbox(vodlift_app::SandboxBehaviour),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[derive(Args)]
pub(crate) struct Upload {
    /// Files, and folders to be walked
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What the files are
    #[arg(long, value_enum, default_value_t = KindArg::Auto)]
    pub(crate) kind: KindArg,
    /// Title; the file's name when absent
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Description
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Tags
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub(crate) tags: Vec<String>,
    /// Category
    #[arg(long, value_name = "ID", allow_negative_numbers = true)]
    pub(crate) category: Option<i64>,
    /// Transcoding template group
    #[arg(long, value_name = "ID")]
    pub(crate) template_group: Option<String>,
    /// Workflow; wins over the template group
    #[arg(long, value_name = "ID")]
    pub(crate) workflow: Option<String>,
    /// Storage location
    #[arg(long, value_name = "LOCATION")]
    pub(crate) storage: Option<String>,
    /// VOD application
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: Option<String>,
    /// JSON object handed to VOD
    #[arg(long, value_name = "JSON", value_parser = json_object)]
    pub(crate) user_data: Option<String>,
    /// Language of the subtitles, as en or zh-Hans; told by their names when absent
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// Refuse a title that VOD does not take as it is, instead of shortening it
    #[arg(long)]
    pub(crate) keep_title: bool,
    /// Image that becomes the cover of the one video
    #[arg(long, value_name = "PATH")]
    pub(crate) cover: Option<PathBuf>,
    /// Leave covers and subtitles of the same name alone
    #[arg(long)]
    pub(crate) no_pair: bool,
    /// Send again what was sent before
    #[arg(long)]
    pub(crate) force: bool,
    /// When a transfer is over
    #[arg(long, value_enum, default_value_t = WaitArg::Stored)]
    pub(crate) wait: WaitArg,
    /// Speed limit, as 5MB/s
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) limit: Option<u64>,
    /// UploadAddress of a pasted pair, for one file; - reads it from standard input, @FILE from a file
    #[arg(long, value_name = "TEXT|-|@FILE", requires = "auth")]
    pub(crate) address: Option<String>,
    /// UploadAuth of a pasted pair: - reads it from standard input, @FILE from a file. Never the text itself, which
    /// every user of this computer could read
    #[arg(long, value_name = "-|@FILE", requires = "address")]
    pub(crate) auth: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    Auto,
    Video,
    Audio,
    Image,
    Subtitle,
    Watermark,
    Material,
}

impl KindArg {
    pub(crate) fn kind(self) -> Option<Kind> {
        match self {
            KindArg::Auto => None,
            KindArg::Video => Some(Kind::Video),
            KindArg::Audio => Some(Kind::Audio),
            KindArg::Image => Some(Kind::Image),
            KindArg::Subtitle => Some(Kind::Subtitle),
            KindArg::Watermark => Some(Kind::Watermark),
            KindArg::Material => Some(Kind::Material),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitArg {
    Stored,
    Playable,
}

impl WaitArg {
    pub(crate) fn wait(self) -> Wait {
        match self {
            WaitArg::Stored => Wait::Stored,
            WaitArg::Playable => Wait::Playable,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Profile {
    /// Add a profile; secrets are read from a prompt or from standard input, one a line
    Add {
        /// Its name
        name: String,
        /// VOD region
        #[arg(long, default_value = vodlift_app::profiles::DEFAULT_REGION)]
        region: String,
        /// Public half of the AccessKey
        #[arg(long, value_name = "ID")]
        access_key_id: Option<String>,
        /// Where credentials come from
        #[arg(long, value_enum)]
        source: Option<SourceArg>,
        /// VOD address instead of the region's
        #[arg(long, value_name = "URL")]
        endpoint: Option<String>,
        /// Address of the credential server
        #[arg(long, value_name = "URL")]
        server: Option<String>,
    },
    /// Show all profiles
    List,
    /// Try what a profile may do
    Test {
        /// Its name; the active one when absent
        name: Option<String>,
    },
    /// Remove a profile and its secrets
    Remove {
        /// Its name
        name: String,
    },
    /// Make a profile the active one
    Use {
        /// Its name
        name: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceArg {
    AccessKey,
    Sts,
    Server,
    Environment,
}

impl From<SourceArg> for Source {
    fn from(source: SourceArg) -> Source {
        match source {
            SourceArg::AccessKey => Source::AccessKey,
            SourceArg::Sts => Source::Sts,
            SourceArg::Server => Source::Server,
            SourceArg::Environment => Source::Environment,
        }
    }
}

/// `5MB/s`, `500kB/s`, `1.5 GB`, `800000`: bytes per second, decimal units, binary ones when spelled `MiB`.
fn rate(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let text = text.strip_suffix("/s").or_else(|| text.strip_suffix("/S")).unwrap_or(text);
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        other => return Err(format!("unknown unit {other:?}")),
    };
    let number: f64 = number.parse().map_err(|_| "not a number".to_owned())?;
    let bytes = number * factor;
    if !(1000.0..=1e13).contains(&bytes) {
        return Err("from 1kB/s up".to_owned());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1e3 and 1e13"
    )]
    Ok(bytes as u64)
}

fn json_object(text: &str) -> Result<String, String> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_string(&object).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_words_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_rate_has_a_unit_or_is_bytes() {
        assert_eq!(rate("5MB/s"), Ok(5_000_000));
        assert_eq!(rate("1.5 GB"), Ok(1_500_000_000));
        assert_eq!(rate("512KiB/s"), Ok(524_288));
        assert_eq!(rate("800000"), Ok(800_000));
        for bad in ["", "MB/s", "5 parsecs", "-1MB", "0", "10", "nan", "1e9"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pair_is_given_whole_and_user_data_is_an_object() {
        let parse =
            |args: &[&str]| Cli::try_parse_from([&["vodlift-cli"], args].concat()).map(|_| ());
        assert!(parse(&["upload", "a.mp4", "--address", "x"]).is_err());
        assert!(parse(&["upload", "a.mp4", "--address", "x", "--auth", "y"]).is_ok());
        assert!(parse(&["upload", "a.mp4", "--user-data", "[1]"]).is_err());
        assert!(parse(&["upload", "a.mp4", "--user-data", "{\"a\": 1}"]).is_ok());
        assert!(parse(&["upload"]).is_err());
        assert!(parse(&["upload", "a.mp4", "--json", "--profile", "p"]).is_ok());
    }
}
