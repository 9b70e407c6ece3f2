use std::os::unix::fs::symlink;

use lineside_io::Socket as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("scale.sock")
    }

    fn addr(&self) -> UnixAddr {
        self.path().into()
    }
}

#[tokio::test]
async fn a_connection_carries_bytes_and_a_half_close() {
    let folder = Folder::new();
    let net = Unix::default();
    let mut listener = net.listen(folder.addr()).await.unwrap();
    assert_eq!(listener.local_addr().unwrap(), folder.addr());
    let mut client = net.dial(folder.addr()).await.unwrap();
    let mut server = listener.accept().await.unwrap();
    assert_eq!(client.peer_addr().unwrap(), folder.addr());
    let unnamed = server.peer_addr().unwrap();
    assert_eq!(
        (unnamed.path(), unnamed.to_string().as_str()),
        (None, "an unnamed Unix socket")
    );
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let mut got = String::new();
    server.read_to_string(&mut got).await.unwrap();
    server.write_all(b"answer to ").await.unwrap();
    server.write_all(got.as_bytes()).await.unwrap();
    drop(server);
    got.clear();
    client.read_to_string(&mut got).await.unwrap();
    assert_eq!(got, "answer to question");
}

#[tokio::test]
async fn the_file_goes_with_the_listener() {
    let folder = Folder::new();
    let listener = Unix::default().listen(folder.addr()).await.unwrap();
    assert!(folder.path().exists());
    drop(listener);
    assert!(!folder.path().exists());
}

#[tokio::test]
async fn another_listeners_file_stays() {
    let folder = Folder::new();
    let first = Unix::default().listen(folder.addr()).await.unwrap();
    std::fs::remove_file(folder.path()).unwrap();
    let _second = Unix::default().listen(folder.addr()).await.unwrap();
    drop(first);
    Unix::default().dial(folder.addr()).await.unwrap();
}

#[tokio::test]
async fn what_a_crash_has_left_is_cleared_away() {
    let folder = Folder::new();
    // std's listener leaves its file, as a crash does.
    drop(std::os::unix::net::UnixListener::bind(folder.path()).unwrap());
    let gone = Unix::default().dial(folder.addr()).await.unwrap_err();
    assert_eq!(gone.kind(), io::ErrorKind::ConnectionRefused);
    let mut listener = Unix::default().listen(folder.addr()).await.unwrap();
    let _client = Unix::default().dial(folder.addr()).await.unwrap();
    listener.accept().await.unwrap();
}

#[tokio::test]
async fn a_socket_that_somebody_listens_at_is_left_alone() {
    let folder = Folder::new();
    let mut first = Unix::default().listen(folder.addr()).await.unwrap();
    let error = Unix::default().listen(folder.addr()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    let path = folder.path().display().to_string();
    assert!(error.to_string().starts_with(&path), "{error}");
    // The probe was one connection; the next is ours.
    first.accept().await.unwrap();
    let _client = Unix::default().dial(folder.addr()).await.unwrap();
    first.accept().await.unwrap();
}

#[tokio::test]
async fn a_listener_whose_queue_is_full_is_left_alone() {
    let folder = Folder::new();
    let busy = Unix::new(UnixOptions {
        backlog: 0,
        ..UnixOptions::default()
    });
    let _listener = busy.listen(folder.addr()).await.unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = Unix::default().dial(folder.addr()).await {
        waiting.push(stream);
    }
    let error = Unix::default().listen(folder.addr()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let folder = Folder::new();
    std::fs::write(folder.path(), "mine").unwrap();
    let link = folder.0.path().join("link");
    symlink(folder.path(), &link).unwrap();
    for taken in [folder.path(), link] {
        let error = Unix::default().listen(taken.into()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains("no socket"), "{error}");
    }
    assert_eq!(std::fs::read_to_string(folder.path()).unwrap(), "mine");
}

#[tokio::test]
async fn the_mode_is_the_one_asked_for() {
    let folder = Folder::new();
    for mode in [0o600, 0o660, 0o777] {
        let net = Unix::new(UnixOptions {
            mode: Some(mode),
            ..UnixOptions::default()
        });
        let _listener = net.listen(folder.addr()).await.unwrap();
        let got = std::fs::metadata(folder.path())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(got & 0o777, mode);
    }
}

#[tokio::test]
async fn errors_name_the_path() {
    let net = Unix::default();
    let missing = net.dial("/nowhere/scale.sock".into()).await.unwrap_err();
    assert!(
        missing.to_string().starts_with("/nowhere/scale.sock: "),
        "{missing}"
    );
    let long = PathBuf::from("/").join("x".repeat(200));
    let error = net.listen(long.into()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
    let unnamed = net.dial(UnixAddr(None)).await.unwrap_err();
    assert_eq!(unnamed.kind(), io::ErrorKind::InvalidInput);
}
