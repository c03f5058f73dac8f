//! `portgate help faults`: what `sandbox serve --fault` understands, made of the table of faults.

use super::WIDTH;
use crate::sandbox::FAULTS;
use crate::text::fit::wrap;

/// Where the meaning of a fault stands.
const TEXT_AT: usize = 30;

const BEFORE: &str = "\
How requests are made to go wrong, to see what a pipeline makes of it.

portgate sandbox serve --fault 'REQUESTS: FAULT' may be given several times; the
first that fits a request is played, and told on stderr.

  --fault 'PUT /v3/product/vxc/*: 503 after x1'
  --fault 'write: 429 retry-after=2 every 3rd'
  --fault 'GET /v2/products: 401 2nd'
  --fault 'read: slow 5s'

REQUESTS
  A method, a path or both: GET, PUT, POST, DELETE, PATCH, or read for GET and
  write for all others but that of a token. In a path * stands for any
  characters; what follows ? isn't looked at.

FAULT
";

const AFTER: &str = "
before, after
  Before: the request goes nowhere. After: it takes effect first. Where both are
  possible, before is meant unless after is said.

x2, 3rd, every 3rd
  Only the first two of the requests that fit, only the third, or each third.
  Without such a word all of them.

A connection that is refused needs no fault: stop the server.
";

pub(super) fn faults() -> String {
    let mut text = String::from(BEFORE);
    for row in FAULTS {
        let sides: Vec<&str> = row.sides.iter().map(|side| side.word()).collect();
        let argument = row.argument.map(|argument| format!(" [{argument}]")).unwrap_or_default();
        let usage = format!("{}{argument} {}", row.name, sides.join("|"));
        let meaning = wrap(row.meaning, WIDTH - TEXT_AT).replace('\n', &format!("\n{:TEXT_AT$}", ""));
        text.push_str(&format!("  {usage:<width$}{meaning}\n", width = TEXT_AT - 2));
    }
    text + AFTER
}
