//! Texts that are given by `-` (standard input) or `@FILE`, so that what is secret never is an argument.

use std::io::Read as _;

/// More than any UploadAddress or UploadAuth.
const LARGEST: u64 = 1 << 20;

/// Where a text of the command line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// In the argument itself.
    Text(String),
    /// On standard input.
    Input,
    /// In this file.
    File(String),
}

impl Given {
    pub(crate) fn of(argument: &str) -> Given {
        match argument.strip_prefix('@') {
            _ if argument == "-" => Given::Input,
            Some(path) => Given::File(path.to_owned()),
            None => Given::Text(argument.to_owned()),
        }
    }

    pub(crate) fn read(self) -> std::io::Result<String> {
        let mut text = String::new();
        match self {
            Given::Text(text) => return Ok(text),
            Given::Input => std::io::stdin().take(LARGEST).read_to_string(&mut text)?,
            Given::File(path) => {
                std::fs::File::open(path)?.take(LARGEST).read_to_string(&mut text)?
            }
        };
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_is_standard_input_and_an_at_is_a_file() {
        assert_eq!(Given::of("-"), Given::Input);
        assert_eq!(Given::of("@auth.txt"), Given::File("auth.txt".into()));
        assert_eq!(Given::of("eyJ"), Given::Text("eyJ".into()));
    }
}
