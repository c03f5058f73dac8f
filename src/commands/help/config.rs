//! `portgate help config`: the keys of `config.toml`.

use super::WIDTH;
use crate::session::profiles::{Key, OF_FILE, OF_PROFILE};
use crate::text::fit::wrap;

const BEFORE: &str = "\
portgate stores profiles in config.toml in $XDG_CONFIG_HOME/portgate (usually
~/.config/portgate) or in PORTGATE_CONFIG_DIR. The format is TOML. Unknown keys
are an error, so a misspelt limit is never ignored. The file must not be
writable by other users.

You don't need an editor: `portgate auth login` and `portgate profile add`
create profiles, `portgate profile set KEY VALUE` changes them, and `portgate
profile show` prints the settings in effect. Options and environment variables
override the profile: see `portgate help environment`. For the keys of a policy
file, see `portgate help policy`.

";

/// A file with what most profiles need.
pub(crate) const EXAMPLE: &str = "\
schema = \"portgate.config/v1\"
default = \"example-prod\"

[profiles.example-prod]
environment = \"production\"
client_id = \"7c1e09ab41d24f0e\"
require_reason = true
max_sold = \"100%\"

[profiles.lab]
environment = \"sandbox\"
";

pub(super) fn config() -> String {
    let mut text = String::from(BEFORE);
    text.push_str("Keys of the file\n");
    OF_FILE.iter().for_each(|key| text.push_str(&entry(key)));
    text.push_str("\nKeys of a profile, in [profiles.NAME]\n");
    OF_PROFILE.iter().for_each(|key| text.push_str(&entry(key)));
    text.push_str("\nExample\n");
    for line in EXAMPLE.lines() {
        text.push_str(format!("  {line}").trim_end());
        text.push('\n');
    }
    text
}

fn entry(key: &Key) -> String {
    let otherwise = match key.default {
        "required" => "Required.".to_owned(),
        default => format!("Default: {default}."),
    };
    let meaning = wrap(&format!("{} {otherwise}", key.meaning), WIDTH - 6).replace('\n', "\n      ");
    format!("  {} = {}\n      {meaning}\n", key.name, key.example)
}
