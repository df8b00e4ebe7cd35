//! Lists the files of `page/` for `src/page.rs` to embed, so that one added there is served without
//! being named anywhere.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=page");
    let page = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("page");
    let mut paths = Vec::new();
    for entry in fs::read_dir(&page)? {
        let path = entry?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();

    let mut table = String::from("&[\n");
    for path in paths {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or("the name of a page file is not UTF-8")?;
        let path = path.to_str().ok_or("the path of the page is not UTF-8")?;
        writeln!(table, "    ({name:?}, include_bytes!({path:?})),")?;
    }
    table.push_str("]\n");
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("page_files.rs"),
        table,
    )?;
    Ok(())
}
