//! Phrases that read as translated stay out of what users see: help, errors, prompts, emails, man pages and documentation.

use std::fs;
use std::path::{Path, PathBuf};

/// Phrases, as whole words in any case.
const KEPT_OUT: [&str; 89] = [
    "so?",
    "is not said",
    "not said, and",
    "what is said",
    "said otherwise",
    "was said",
    "unless said",
    "mended",
    "mends",
    "whom",
    "for now",
    "once the cause",
    "but for one's own",
    "of one's own",
    "address of your own",
    "of its own accord",
    "what waits",
    "that wait for an answer",
    "waits for an answer",
    "now and asked",
    "what it makes of",
    "though it seems",
    "may it be used",
    "accept what is ordered",
    "so many",
    "at most so",
    "write over it",
    "the contrary",
    "all the same",
    "is told as",
    "are told as",
    "is told apart",
    "is waited for",
    "waited out",
    "anew",
    "for ever",
    "thereof",
    "hereby",
    "wherein",
    "whatever its",
    "whatever their",
    "nobody knows",
    "somebody",
    "in vain",
    "let go those",
    "lets go",
    "tried anew",
    "for such a reason",
    "such a one",
    "takes none",
    "asks nothing",
    "says nothing of",
    "knows nothing of",
    "knows no",
    "has its say",
    "as it was made",
    "to be looked at",
    "must be made up",
    "is as asked",
    "not as asked",
    "could hear",
    "oversold",
    "oversell",
    "oversells",
    "go on?",
    "among them",
    "at all:",
    "as the backend knows",
    "is expected, not",
    "so far",
    "meanwhile",
    "is told",
    "are told",
    "telling apart",
    "on the wire",
    "in a sentence",
    "a word for",
    "no matter to",
    "comes about",
    "did not come about",
    "stands before",
    "taken apart",
    "where nobody",
    "by itself:",
    "read anew",
    "says what to do",
    "asked anew",
    "is parted",
    "are parted",
];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The string literals of a source file with their lines; not those of its tests, nor why something can't fail.
fn literals(source: &str) -> Vec<(usize, String)> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let (mut found, mut line, mut characters) = (Vec::new(), 1, source.char_indices().peekable());
    while let Some((at, character)) = characters.next() {
        let rest = &source[at..];
        match character {
            '\n' => line += 1,
            '/' if rest.starts_with("//") => {
                while characters.next_if(|(_, character)| *character != '\n').is_some() {}
            }
            '\'' if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") => {
                while characters.next_if(|(_, character)| *character != '"').is_some() {}
                characters.next();
            }
            '"' => {
                let hashes = source[..at].bytes().rev().take_while(|byte| *byte == b'#').count();
                let is_raw = source[..at - hashes].ends_with('r');
                let before = source[..at].lines().last().unwrap_or_default().trim_end_matches('"');
                let (start, mut text) = (line, String::new());
                let mut is_escaped = false;
                for (at, character) in characters.by_ref() {
                    line += usize::from(character == '\n');
                    let closes = character == '"' && source[at + 1..].starts_with(&"#".repeat(hashes));
                    if closes && !is_escaped {
                        break;
                    }
                    is_escaped = !is_raw && character == '\\' && !is_escaped;
                    text.push(character);
                }
                if !before.ends_with(".expect(") && !before.trim_end().ends_with("reason =") {
                    found.push((start, text));
                }
            }
            _ => {}
        }
    }
    found
}

/// The phrases of the list in a text: a line break is a space, and its beginning and end are those of words.
fn phrases(text: &str) -> Vec<&'static str> {
    let words: String =
        text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let is_letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let is_there = |phrase: &str| {
        words.match_indices(phrase).any(|(at, _)| {
            !is_letter(words[..at].chars().next_back())
                && !is_letter(words[at + phrase.len()..].chars().next())
        })
    };
    KEPT_OUT.iter().copied().filter(|phrase| is_there(phrase)).collect()
}

#[test]
fn what_users_read_is_plain_english() {
    let mut wrong = Vec::new();
    let mut texts: Vec<PathBuf> =
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "src/sandbox/page/page.html"].map(root).to_vec();
    files(&root("man"), &mut texts);
    files(&root("docs"), &mut texts);
    let mut sources = Vec::new();
    files(&root("src"), &mut sources);
    for path in &sources {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("txt" | "toml") => texts.push(path.clone()),
            Some("rs")
                if !path.to_string_lossy().contains("tests") && !path.starts_with(root("src/properties")) =>
            {
                for (line, text) in literals(&fs::read_to_string(path).unwrap()) {
                    for phrase in phrases(&text) {
                        wrong.push(format!("{}:{line}: '{phrase}' in {text:?}", path.display()));
                    }
                }
            }
            _ => {}
        }
    }
    for path in &texts {
        for paragraph in fs::read_to_string(path).unwrap().split("\n\n") {
            for phrase in phrases(paragraph) {
                wrong.push(format!("{}: '{phrase}' in {paragraph:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "write it as gh's or Stripe's documentation would:\n{}", wrong.join("\n"));
}

#[test]
fn the_word_list_finds_what_a_source_says() {
    let source = "fn a() { b('\"', \"Change it so?\", r#\"of \"whom\"\"#); } // mended\nx.expect(\"anew\")";
    let found: Vec<(usize, String)> = literals(source);
    let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["Change it so?", "of \"whom\""]);
    assert_eq!(phrases(texts[0]), ["so?"]);
    assert_eq!(phrases(texts[1]), ["whom"]);
    assert_eq!(phrases("commended, also?"), [""; 0]);
    assert_eq!(phrases("as it was\n  for\n  now"), ["for now"]);
}
