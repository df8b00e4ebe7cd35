//! The page's files, which are part of the program.

/// Name and contents of every file in `page/`.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page_files.rs"));

/// The contents of the page's file of this name, if there is one.
pub(crate) fn file(name: &str) -> Option<&'static [u8]> {
    FILES
        .iter()
        .find_map(|&(known, contents)| (known == name).then_some(contents))
}
