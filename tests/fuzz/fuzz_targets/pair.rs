#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| strandmux_tests::fuzz::pair(bytes));
