//! What must hold whatever comes from outside, for each parser of foreign text. `cargo test` tries small inputs and the seeds
//! of `fuzz/corpus`; `fuzz/run` has cargo-fuzz look for worse ones. Each property takes bytes and panics where it is broken.

mod files;
#[cfg(test)]
mod made;
#[cfg(test)]
mod state;
#[cfg(test)]
mod tests;
mod wire;
mod words;

type Property = fn(&[u8]);

/// Every property, by the name of its fuzz target.
const ALL: [(&str, Property); 16] = [
    ("products", wire::products),
    ("queue", wire::queue),
    ("service_keys", wire::service_keys),
    ("preferences", wire::preferences),
    ("envelope", wire::envelope),
    ("mend", wire::mend),
    ("policy", files::policy),
    ("config", files::config),
    ("decisions", files::decisions),
    ("ids", files::ids),
    ("ledger", files::ledger),
    ("key_document", files::key_document),
    ("sanitize", words::sanitize),
    ("amounts", words::amounts),
    ("names", words::names),
    ("output", words::output),
];

/// Checks the property of that name.
///
/// # Panics
/// There is none of that name, or it doesn't hold.
pub fn check(name: &str, input: &[u8]) {
    let found = ALL.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("there is no property {name}")).1(input);
}

/// How many cases are tried; the same in every run, or of another seed with `PROPTEST_RNG_SEED`.
#[cfg(test)]
fn cases(cases: u32) -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed};
    let usual = Config::default();
    let rng_seed = match usual.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    Config { cases, failure_persistence: None, rng_seed, ..usual }
}
