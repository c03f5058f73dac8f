//! Each target is the property of its name (`src/properties`).

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portgate::properties::check(env!("CARGO_BIN_NAME"), input));
