//! The roles of a company's users, and what they may do.

use crate::api::employment::Employment;
use crate::text::words;

/// A role (confirmed: the six of the API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are the API's own words")]
pub(crate) enum Role {
    CompanyAdmin,
    TechnicalAdmin,
    TechnicalContact,
    Finance,
    FinancialContact,
    ReadOnly,
}

impl Role {
    pub(crate) const ALL: [Role; 6] = [
        Role::CompanyAdmin,
        Role::TechnicalAdmin,
        Role::TechnicalContact,
        Role::Finance,
        Role::FinancialContact,
        Role::ReadOnly,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Role::CompanyAdmin => "Company Admin",
            Role::TechnicalAdmin => "Technical Admin",
            Role::TechnicalContact => "Technical Contact",
            Role::Finance => "Finance",
            Role::FinancialContact => "Financial Contact",
            Role::ReadOnly => "Read Only",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Role> {
        let wanted = bare(text);
        Role::ALL.into_iter().find(|role| bare(role.name()) == wanted)
    }

    /// Whether the role has this right (domain.md, "Who may do what").
    pub(crate) const fn may(self, right: Right) -> bool {
        use Role::{CompanyAdmin, Finance, TechnicalAdmin, TechnicalContact};
        match right {
            Right::DecideMarketplace | Right::Withdraw | Right::ServiceKeys => {
                matches!(self, CompanyAdmin | TechnicalAdmin | Finance)
            }
            Right::DecideQueue | Right::Subscribe => {
                matches!(self, CompanyAdmin | TechnicalAdmin | TechnicalContact)
            }
            Right::Administer => matches!(self, CompanyAdmin),
        }
    }
}

/// What only some roles may do, as far as portgate does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// Accept or deny a Marketplace request.
    DecideMarketplace,
    /// Accept or deny an entry of the service approval queue.
    DecideQueue,
    /// Withdraw one's own entry of the queue.
    Withdraw,
    ServiceKeys,
    /// Subscribe to notifications (the public documentation lists these roles).
    Subscribe,
    /// Change other users.
    Administer,
}

impl Right {
    /// What to do without it.
    pub(crate) fn use_key(self) -> String {
        use_key_with(&[self])
    }
}

fn alternatives_with(rights: &[Right]) -> String {
    let has_all = |role: &Role| rights.iter().all(|right| role.may(*right));
    let names: Vec<&str> = Role::ALL.into_iter().filter(has_all).map(Role::name).collect();
    words::alternatives(&names)
}

/// "use a key with the Company Admin or Technical Admin role": one that has all of these rights.
pub(crate) fn use_key_with(rights: &[Right]) -> String {
    format!("use a key with the {} role", alternatives_with(rights))
}

/// A user's role: its position, else the first of its security roles that is one. `None` where neither is known.
pub(crate) fn role_of(user: &Employment) -> Option<Role> {
    user.position
        .as_deref()
        .and_then(Role::parse)
        .or_else(|| user.security_roles.iter().find_map(|role| Role::parse(role)))
}

pub(super) fn bare(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rights_are_those_of_the_domain() {
        // Columns in the order of Role::ALL, rows as the domain's table has them.
        for (right, row) in [
            (Right::DecideMarketplace, "yy-y--"),
            (Right::DecideQueue, "yyy---"),
            (Right::Withdraw, "yy-y--"),
            (Right::ServiceKeys, "yy-y--"),
            (Right::Subscribe, "yyy---"),
            (Right::Administer, "y-----"),
        ] {
            let column = |role: Role| if role.may(right) { 'y' } else { '-' };
            assert_eq!(Role::ALL.map(column).iter().collect::<String>(), row, "{right:?}");
        }
        assert_eq!(
            use_key_with(&[Right::DecideMarketplace, Right::DecideQueue]),
            "use a key with the Company Admin or Technical Admin role"
        );
        assert_eq!(Right::Administer.use_key(), "use a key with the Company Admin role");
    }

    #[test]
    fn roles_have_several_spellings() {
        assert_eq!(Role::parse("companyAdmin"), Some(Role::CompanyAdmin));
        assert_eq!(Role::parse("technical-contact"), Some(Role::TechnicalContact));
        assert_eq!(Role::parse("owner"), None);
    }
}
