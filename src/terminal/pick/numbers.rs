//! Selection by typed numbers.

use super::Choices;

/// Parses `1,3-5`, `all`, `none` or an empty line into positions, in order.
pub(super) fn parse(typed: &str, choices: &Choices) -> Result<Vec<usize>, String> {
    let many = choices.lines.len();
    let typed = typed.trim().to_lowercase();
    match typed.as_str() {
        "" => return Ok((0..many).filter(|&index| choices.is_picked(index)).collect()),
        "all" => return Ok((0..many).collect()),
        "none" => return Ok(Vec::new()),
        _ => {}
    }
    let mut picked = vec![false; many];
    for part in typed.split([',', ' ']).filter(|part| !part.is_empty()) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.parse::<usize>().ok().filter(|number| (1..=many).contains(number));
        match (number(from), number(to)) {
            (Some(from), Some(to)) if from <= to => picked[from - 1..to].fill(true),
            _ => return Err(format!("'{part}' is not a number from 1 to {many}")),
        }
    }
    Ok((0..many).filter(|&index| picked[index]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ranges_all_and_none() {
        let choices = Choices {
            lines: vec![String::new(); 5],
            picked: vec![false, true],
            none_is_fine: true,
            ..Choices::default()
        };
        let picked = |typed| parse(typed, &choices);
        assert_eq!(picked("1,3-5"), Ok(vec![0, 2, 3, 4]));
        assert_eq!(picked(" 5 1 1 "), Ok(vec![0, 4]));
        assert_eq!(picked("ALL").map(|all| all.len()), Ok(5));
        assert_eq!(picked(""), Ok(vec![1]));
        assert_eq!(picked("none"), Ok(vec![]));
        for wrong in ["0", "6", "3-1", "x", "1-9", "-"] {
            assert!(picked(wrong).is_err(), "{wrong}");
        }
    }
}
