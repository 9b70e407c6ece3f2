//! A symbolic link that lives as long as what it leads to.

use std::{
    io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// A symbolic link, removed on drop unless somebody has made it lead elsewhere.
#[derive(Debug)]
pub(super) struct Link {
    at: PathBuf,
    to: PathBuf,
}

impl Link {
    /// Makes a link at `at` to `to`. One that leads nowhere is replaced.
    pub(super) fn make(at: &Path, to: &Path) -> io::Result<Self> {
        if at.is_symlink() && !at.exists() {
            std::fs::remove_file(at)?;
        }
        symlink(to, at).map_err(|error| {
            let what = match error.kind() {
                io::ErrorKind::AlreadyExists => "something else is there",
                _ => "cannot link",
            };
            io::Error::new(error.kind(), format!("{}: {what}: {error}", at.display()))
        })?;
        Ok(Self {
            at: at.to_owned(),
            to: to.to_owned(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.at
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if std::fs::read_link(&self.at).is_ok_and(|to| to == self.to) {
            let _ = std::fs::remove_file(&self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_a_crash_left_behind_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("scale");
        symlink("/dev/pts/nowhere", &at).unwrap();
        let link = Link::make(&at, Path::new("/dev/null")).unwrap();
        assert_eq!(std::fs::read_link(&at).unwrap(), Path::new("/dev/null"));
        drop(link);
        assert!(!at.is_symlink());
    }

    #[test]
    fn what_is_somebody_elses_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "mine").unwrap();
        let alive = folder.path().join("alive");
        symlink(&file, &alive).unwrap();
        for taken in [&file, &alive] {
            let error = Link::make(taken, Path::new("/dev/null")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            assert!(error.to_string().contains(&*taken.to_string_lossy()));
        }
        assert_eq!(std::fs::read_to_string(&alive).unwrap(), "mine");
    }

    #[test]
    fn a_link_that_somebody_else_has_turned_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("scale");
        let link = Link::make(&at, Path::new("/dev/null")).unwrap();
        std::fs::remove_file(&at).unwrap();
        symlink("/dev/zero", &at).unwrap();
        drop(link);
        assert_eq!(std::fs::read_link(&at).unwrap(), Path::new("/dev/zero"));
    }
}
