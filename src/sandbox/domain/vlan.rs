//! VLANs: validation, availability and assignment.

use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::vxcs::TakenVlan;

pub(crate) const UNTAGGED: i64 = -1;
/// Let the sandbox choose.
pub(crate) const PICK: i64 = 0;
const FIRST: i64 = 2;
const LAST: i64 = 4093;

/// Refuses a VLAN out of range (confirmed: 2 to 4093, 0 = pick one, -1 = untagged).
pub(crate) fn check_range(field: &str, vlan: Option<i64>) -> Answer<()> {
    match vlan {
        None | Some(UNTAGGED | PICK | FIRST..=LAST) => Ok(()),
        Some(other) => Err(Refusal::bad(format!(
            "{field} {other} is not a valid VLAN: use {FIRST} to {LAST}, {PICK} to pick one or {UNTAGGED} for untagged"
        ))),
    }
}

/// Whether a VLAN is available next to `taken`. VXCs with inner VLANs may share an outer VLAN.
pub(crate) fn is_free(taken: &[TakenVlan], vlan: i64, inner_vlan: Option<i64>) -> bool {
    !taken.iter().any(|other| {
        other.vlan == vlan
            && (inner_vlan.is_none() || other.inner_vlan.is_none() || other.inner_vlan == inner_vlan)
    })
}

pub(crate) fn lowest_free(taken: &[TakenVlan]) -> Option<i64> {
    (FIRST..=LAST).find(|&vlan| taken.binary_search_by_key(&vlan, |other| other.vlan).is_err())
}

/// Chooses the VLAN of a VXC on a port where `taken` (sorted) is in use.
pub(crate) fn settle(
    port_name: &str,
    taken: &[TakenVlan],
    vlan: Option<i64>,
    inner_vlan: Option<i64>,
) -> Answer<(i64, Option<i64>)> {
    check_range("VLAN", vlan)?;
    check_range("Inner VLAN", inner_vlan)?;
    let inner_vlan = inner_vlan.filter(|&inner| inner != UNTAGGED && inner != PICK);
    match vlan {
        Some(UNTAGGED) if inner_vlan.is_some() => {
            Err(Refusal::bad("An untagged end can't have an inner VLAN"))
        }
        None | Some(PICK) => lowest_free(taken)
            .map(|vlan| (vlan, inner_vlan))
            .ok_or_else(|| Refusal::bad(format!("No VLAN is free on {port_name}"))),
        Some(vlan) if is_free(taken, vlan, inner_vlan) => Ok((vlan, inner_vlan)),
        Some(UNTAGGED) => Err(Refusal::bad(format!("{port_name} already has an untagged VXC"))),
        Some(vlan) => {
            let next = lowest_free(taken).map_or_else(String::new, |next| format!("; {next} is free"));
            Err(Refusal::bad(format!("VLAN {vlan} is already in use on {port_name}{next}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_vlans(vlans: &[(i64, Option<i64>)]) -> Vec<TakenVlan> {
        vlans.iter().map(|&(vlan, inner_vlan)| TakenVlan { vlan, inner_vlan }).collect()
    }

    #[test]
    fn picks_the_lowest_free() {
        let taken = taken_vlans(&[(UNTAGGED, None), (2, None), (3, Some(9)), (5, None)]);
        assert_eq!(settle("P", &taken, Some(PICK), None).expect("free"), (4, None));
        assert_eq!(settle("P", &taken, None, Some(7)).expect("free"), (4, Some(7)));
    }

    #[test]
    fn an_outer_vlan_is_shared_only_by_different_inner_ones() {
        let taken = taken_vlans(&[(10, Some(100)), (11, None)]);
        assert!(is_free(&taken, 10, Some(101)));
        assert!(!is_free(&taken, 10, Some(100)));
        assert!(!is_free(&taken, 10, None));
        assert!(!is_free(&taken, 11, Some(5)));
    }

    #[test]
    fn refuses_with_what_would_be_right() {
        let refusal = settle("SYD1-A", &taken_vlans(&[(2, None)]), Some(2), None).expect_err("taken");
        assert_eq!(refusal.message, "VLAN 2 is already in use on SYD1-A; 3 is free");
        for wrong in [1, 4094, -2] {
            assert!(check_range("VLAN", Some(wrong)).is_err(), "{wrong}");
        }
        assert!(settle("P", &[], Some(UNTAGGED), Some(4)).is_err());
    }

    #[test]
    fn a_full_port_says_so() {
        let all: Vec<_> = (FIRST..=LAST).map(|vlan| (vlan, None)).collect();
        assert_eq!(
            settle("P", &taken_vlans(&all), Some(PICK), None).expect_err("full").message,
            "No VLAN is free on P"
        );
    }
}
