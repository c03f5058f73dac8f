use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::ALL;

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn they_hold_for_every_seed_and_for_seeds_that_were_damaged() {
    for (name, check) in ALL {
        let seeds = corpus(name);
        assert!(!seeds.is_empty(), "{name} has no seed in fuzz/corpus");
        for seed in &seeds {
            check(seed);
            let step = (seed.len() / 40).max(1);
            for at in (0..seed.len()).step_by(step) {
                check(&seed[..at]);
                for other in [b'"', b'0', b'\n', 0xff] {
                    let mut damaged = seed.clone();
                    damaged[at] = other;
                    check(&damaged);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn they_hold_for_any_text(text in "\\PC{0,40}", bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        for (_, check) in ALL {
            check(text.as_bytes());
            check(&bytes);
        }
    }
}
