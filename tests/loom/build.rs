fn main() {
    println!("cargo:rustc-cfg=strandmux_loom");
}
