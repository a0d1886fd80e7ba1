//! Archives there and back, and archives that somebody made to do harm.

use tar::{Builder, Header};

use super::*;

fn archive() -> Archive {
    let script: Arc<[u8]> = b"export default function () {}".as_slice().into();
    let files = [
        ("/there/main.js", Arc::clone(&script)),
        ("/there/lib/a.js", b"1".as_slice().into()),
        ("https://host/b.js", b"2".as_slice().into()),
    ];
    Archive {
        path: PathBuf::from("/there/main.js"),
        data: script,
        options: serde_json::json!({ "vus": 2 }),
        env: BTreeMap::from([("A".to_owned(), "b".to_owned())]),
        compatibility_mode: "base".to_owned(),
        files: files
            .map(|(path, bytes)| (PathBuf::from(path), bytes))
            .into(),
    }
}

#[test]
fn what_is_written_is_read_again() {
    let written = archive();
    let bytes = written.to_bytes().unwrap();
    assert!(looks_like_archive(&bytes));
    assert_eq!(bytes, archive().to_bytes().unwrap());
    let read = Archive::read(&bytes).unwrap();
    assert_eq!(read.path, written.path);
    assert_eq!(read.data, written.data);
    assert_eq!(read.options, written.options);
    assert_eq!(read.env, written.env);
    assert_eq!(read.compatibility_mode, written.compatibility_mode);
    assert_eq!(read.files, written.files);
}

#[test]
fn an_archive_that_is_cut_anywhere_is_refused_or_whole() {
    let bytes = archive().to_bytes().unwrap();
    // The two empty blocks at the end, and what fills up the last file, may be missing.
    let needed = bytes.len() - 2 * 512 - 511;
    for length in 0..needed {
        let told = match Archive::read(&bytes[..length]) {
            Ok(read) => {
                // Cut between two entries: those before are whole.
                assert!(read.files.len() < archive().files.len(), "{length}");
                continue;
            }
            Err(error) => error.to_string(),
        };
        assert!(
            told.contains("no whole tar file")
                || told.contains("cut short")
                || told.contains("has no"),
            "{length}: {told}"
        );
    }
}

/// The bytes of an archive with this entry before what every archive has.
fn with_entry(kind: EntryType, name: &str, link: &str, size: u64) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    // Set by hand: the library refuses names that lead out.
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    let mut tar = Builder::new(Vec::new());
    tar.append(&header, std::io::empty()).unwrap();
    let mut bytes = tar.into_inner().unwrap();
    bytes.truncate(512);
    bytes.extend(archive().to_bytes().unwrap());
    bytes
}

#[test]
fn entries_that_mean_harm_are_refused_by_name() {
    for (kind, name, link, size, why) in [
        (
            EntryType::Regular,
            "file/../../etc/passwd",
            "",
            0,
            "leads out",
        ),
        (EntryType::Regular, "/etc/passwd", "", 0, "leads out"),
        (EntryType::Directory, "../up", "", 0, "leads out"),
        (EntryType::Link, "file/a", "/etc/passwd", 0, "links to what"),
        (EntryType::Link, "file/a", "../data", 0, "links to what"),
        (EntryType::Link, "file/a", "data", 0, "links to what"),
        (
            EntryType::Symlink,
            "file/a",
            "/etc/passwd",
            0,
            "neither a file",
        ),
        (EntryType::Char, "file/null", "", 0, "neither a file"),
        (
            EntryType::Regular,
            "file/huge",
            "",
            1 << 32,
            "larger than the whole",
        ),
        (EntryType::Regular, "file/cut", "", 4_000, "cut short"),
    ] {
        let mut bytes = with_entry(kind, name, link, size);
        if why == "cut short" {
            bytes.truncate(3_000);
            bytes.extend([1; 1_100]);
            bytes.truncate(4_200);
        }
        let told = Archive::read(&bytes).unwrap_err().to_string();
        assert!(told.contains(name) && told.contains(why), "{name}: {told}");
    }
}

#[test]
fn metadata_that_is_missing_or_wrong_is_told() {
    let tar = |files: &[(&str, &str)]| {
        let mut tar = Builder::new(Vec::new());
        for (name, text) in files {
            let mut header = Header::new_gnu();
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        tar.into_inner().unwrap()
    };
    for (files, why) in [
        (vec![("data", "x")], "no metadata.json"),
        (vec![("metadata.json", "{}")], "no data"),
        (
            vec![("metadata.json", "{"), ("data", "x")],
            "makes no sense",
        ),
        (vec![("metadata.json", "{}"), ("data", "x")], "`type`"),
        (
            vec![
                ("metadata.json", r#"{"type":"go","filename":"file:///a"}"#),
                ("data", "x"),
            ],
            "\"go\"",
        ),
        (
            vec![
                ("metadata.json", r#"{"type":"js","filename":"a.js"}"#),
                ("data", "x"),
            ],
            "\"a.js\"",
        ),
    ] {
        let told = Archive::read(&tar(&files)).unwrap_err().to_string();
        assert!(told.contains(why), "{why}: {told}");
    }
}
