//! The arguments of a launch. A file name need not be text, and what carries arguments on (the bus, a plug-in) takes text
//! only: such a name becomes the address of its file, before anything else looks at it.

#[cfg(unix)]
use std::ffi::{OsStr, OsString};
#[cfg(unix)]
use std::path::Path;

#[cfg(unix)]
use tauri::Url;

/// The arguments after the program's name, none lost: what is no text was made one by `make_text`.
pub(crate) fn all() -> Vec<String> {
    std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect()
}

/// The same arguments as text, when they are not text as they stand, or stand in a folder whose name is none.
#[cfg(unix)]
pub(crate) fn as_text(args: &[OsString], folder: &Path) -> Option<Vec<String>> {
    let odd = args.iter().any(|arg| arg.to_str().is_none());
    let relative = |arg: &str| {
        !arg.starts_with('-') && Path::new(arg).is_relative() && Url::parse(arg).is_err()
    };
    let lost =
        folder.to_str().is_none() && args.iter().any(|arg| arg.to_str().is_none_or(relative));
    (odd || lost).then(|| args.iter().map(|arg| text(arg, folder, lost)).collect())
}

#[cfg(unix)]
fn text(arg: &OsStr, folder: &Path, lost: bool) -> String {
    match arg.to_str() {
        Some(text) if !lost || text.starts_with('-') || Url::parse(text).is_ok() => text.to_owned(),
        _ => Url::from_file_path(folder.join(arg))
            .map_or_else(|()| arg.to_string_lossy().into_owned(), String::from),
    }
}

/// Begins this launch anew where its arguments are not text. Returns when they are, or when it cannot be begun.
#[cfg(unix)]
pub(crate) fn make_text() -> std::io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let folder = std::env::current_dir().unwrap_or_default();
    match as_text(&args, &folder) {
        Some(text) => Err(std::process::Command::new(std::env::current_exe()?).args(text).exec()),
        None => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

    use super::*;
    use crate::drop::paths;

    fn words(args: &[&[u8]]) -> Vec<OsString> {
        args.iter().map(|arg| OsString::from_vec(arg.to_vec())).collect()
    }

    #[test]
    fn a_name_that_is_no_text_reaches_its_file_all_the_same() {
        let folder = Path::new("/films");
        assert_eq!(as_text(&words(&[b"--quiet", b"a b.mp4", "雨.mp4".as_bytes()]), folder), None);
        let args = words(&[b"--quiet", b"\xd3\xea.mp4", b"/in/\xff\xfe", b"plain.mp4"]);
        let text = as_text(&args, folder).unwrap();
        assert_eq!(text[0], "--quiet");
        let named = |name: &[u8]| Path::new(OsStr::from_bytes(name)).to_owned();
        let wanted =
            [named(b"/films/\xd3\xea.mp4"), named(b"/in/\xff\xfe"), named(b"/films/plain.mp4")];
        assert_eq!(paths(&text, folder), wanted);
        let again: Vec<OsString> = text.iter().map(OsString::from).collect();
        assert_eq!(as_text(&again, folder), None, "once is enough");
    }

    #[test]
    fn a_folder_whose_name_is_no_text_is_named_to_the_window_too() {
        let folder = Path::new(OsStr::from_bytes(b"/\xd3\xea"));
        let args = words(&[b"--trial", b"a.mp4", b"vodlift://history", b"/whole/b.mp4"]);
        let text = as_text(&args, folder).unwrap();
        assert_eq!(text[..1], ["--trial"]);
        assert_eq!(text[2], "vodlift://history");
        let wanted = [folder.join("a.mp4"), Path::new("/whole/b.mp4").to_owned()];
        assert_eq!(paths(&text, Path::new("/elsewhere")), wanted);
        let again: Vec<OsString> = text.iter().map(OsString::from).collect();
        assert_eq!(as_text(&again, folder), None, "once is enough");
        assert_eq!(as_text(&words(&[b"--trial"]), folder), None);
    }
}
