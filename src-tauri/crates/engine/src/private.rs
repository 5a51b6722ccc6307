//! Folders and files that only their owner may read (Unix; elsewhere a profile's folders are private by themselves).
//! What is there already is tightened; links are followed, so a home may be one.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

/// Makes a folder with everything above it that is missing, for its owner only.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    tighten(path, 0o700);
    Ok(())
}

/// Options that make a file which only its owner may read.
pub fn options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Tightens a file, when it is there.
pub fn file(path: &Path) {
    tighten(path, 0o600);
}

/// One that belongs to somebody else, or lies where modes mean nothing, is used as it is.
#[cfg(unix)]
fn tighten(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(meta) = std::fs::metadata(path) else { return };
    let mut permissions = meta.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(mode);
        if let Err(error) = std::fs::set_permissions(path, permissions) {
            tracing::warn!(path = %path.display(), %error, "others may read this");
        }
    }
}

#[cfg(not(unix))]
fn tighten(_: &Path, _: u32) {}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_and_what_is_there_is_for_its_owner_only() {
        let home = tempfile::tempdir().unwrap();
        let made = home.path().join("a/b");
        folder(&made).unwrap();
        assert_eq!((mode(&made), mode(&home.path().join("a"))), (0o700, 0o700));
        let open = home.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
        let link = home.path().join("link");
        symlink(&open, &link).unwrap();
        folder(&link).unwrap();
        assert_eq!(mode(&open), 0o700, "through a link");
        let fresh = open.join("fresh");
        options().create(true).truncate(true).write(true).open(&fresh).unwrap();
        assert_eq!(mode(&fresh), 0o600);
        std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o644)).unwrap();
        file(&fresh);
        assert_eq!(mode(&fresh), 0o600);
        file(&open.join("nothing"));
    }
}
