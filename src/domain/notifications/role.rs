//! The roles of a company's users.

use crate::api::employment::Employment;

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

    /// Whether it can accept or deny Marketplace requests.
    pub(crate) const fn decides_marketplace(self) -> bool {
        matches!(self, Role::CompanyAdmin | Role::TechnicalAdmin | Role::Finance)
    }

    /// Whether it can decide in the service approval queue.
    pub(crate) const fn decides_queue(self) -> bool {
        matches!(self, Role::CompanyAdmin | Role::TechnicalAdmin | Role::TechnicalContact)
    }

    /// Whether it can subscribe to notifications (the public documentation lists these three).
    pub(crate) const fn may_subscribe(self) -> bool {
        matches!(self, Role::CompanyAdmin | Role::TechnicalAdmin | Role::TechnicalContact)
    }
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
    fn roles_have_several_spellings() {
        assert_eq!(Role::parse("companyAdmin"), Some(Role::CompanyAdmin));
        assert_eq!(Role::parse("technical-contact"), Some(Role::TechnicalContact));
        assert_eq!(Role::parse("owner"), None);
    }
}
