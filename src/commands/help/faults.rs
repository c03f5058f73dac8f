//! `portgate help faults`: the syntax of `sandbox serve --fault`, with the table of faults.

use super::WIDTH;
use crate::sandbox::FAULTS;
use crate::text::fit::wrap;

/// The column in which the description of a fault starts.
const TEXT_AT: usize = 30;

const BEFORE: &str = "\
Make requests to the sandbox fail on purpose, to test how a pipeline handles
errors.

Use portgate sandbox serve --fault 'REQUESTS: FAULT', once for each fault. The
first fault that matches a request is injected and reported on stderr.

  --fault 'PUT /v3/product/vxc/*: 503 after x1'
  --fault 'write: 429 retry-after=2 every 3rd'
  --fault 'GET /v2/products: 401 2nd'
  --fault 'read: slow 5s'

REQUESTS
  A method, a path or both. The method is GET, PUT, POST, DELETE, PATCH, read
  (for GET) or write (for all other methods, except requests for a token). In a
  path, * matches any characters. The query string after ? is ignored.

FAULT
";

const AFTER: &str = "
before, after
  With before, the request has no effect. With after, the request takes effect
  and then fails. If a fault supports both, the default is before.

x2, 3rd, every 3rd
  Only the first two matching requests, only the third, or every third. By
  default, all matching requests fail.

To test refused connections, stop the server.
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
