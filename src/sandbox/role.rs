//! Roles and permissions.

/// The role of a user or API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    CompanyAdmin,
    TechnicalAdmin,
    TechnicalContact,
    Finance,
    FinancialContact,
    ReadOnly,
}

/// An action: the rows of the role table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Action {
    See,
    DecideMarketplace,
    DecideQueue,
    Order,
    Withdraw,
    ChangeService,
    ServiceKeys,
    Subscribe,
    Administer,
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

    /// As the command line spells it: `technical-admin`.
    pub(crate) fn slug(self) -> String {
        self.name().to_ascii_lowercase().replace(' ', "-")
    }

    /// Reads a role in any case, with spaces, hyphens, underscores or nothing between its words.
    pub(crate) fn parse(text: &str) -> Option<Role> {
        let bare = |text: &str| {
            text.chars().filter(|character| character.is_alphanumeric()).collect::<String>().to_lowercase()
        };
        let wanted = bare(text);
        Role::ALL.into_iter().find(|role| bare(role.name()) == wanted)
    }
}

impl Action {
    /// The rest of the sentence "the X role can't ...".
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Action::See => "see this",
            Action::DecideMarketplace => "accept or deny Marketplace requests",
            Action::DecideQueue => "decide in the service approval queue",
            Action::Order => "order or cancel services",
            Action::Withdraw => "withdraw orders from the service approval queue",
            Action::ChangeService => "change services",
            Action::ServiceKeys => "see or change service keys",
            Action::Subscribe => "subscribe to notifications",
            Action::Administer => "administer the company",
        }
    }
}

pub(crate) const fn may(role: Role, action: Action) -> bool {
    use Role::{CompanyAdmin, Finance, TechnicalAdmin, TechnicalContact};
    match action {
        Action::See => true,
        Action::DecideMarketplace | Action::Order | Action::Withdraw | Action::ServiceKeys => {
            matches!(role, CompanyAdmin | TechnicalAdmin | Finance)
        }
        Action::DecideQueue | Action::ChangeService | Action::Subscribe => {
            matches!(role, CompanyAdmin | TechnicalAdmin | TechnicalContact)
        }
        Action::Administer => matches!(role, CompanyAdmin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_that_of_the_domain() {
        // Columns in the order of Role::ALL, rows as the domain's table has them.
        let table = [
            (Action::See, "yyyyyy"),
            (Action::DecideMarketplace, "yy-y--"),
            (Action::DecideQueue, "yyy---"),
            (Action::Order, "yy-y--"),
            (Action::Withdraw, "yy-y--"),
            (Action::ChangeService, "yyy---"),
            (Action::ServiceKeys, "yy-y--"),
            (Action::Subscribe, "yyy---"),
            (Action::Administer, "y-----"),
        ];
        for (action, row) in table {
            let written: String =
                Role::ALL.into_iter().map(|role| if may(role, action) { 'y' } else { '-' }).collect();
            assert_eq!(written, row, "{action:?}");
        }
    }

    #[test]
    fn a_role_is_read_in_any_spelling() {
        for text in ["technical-admin", "Technical Admin", "TECHNICAL_ADMIN", "technicaladmin"] {
            assert_eq!(Role::parse(text), Some(Role::TechnicalAdmin), "{text}");
        }
        assert_eq!(Role::parse("admin"), None);
        assert_eq!(Role::ReadOnly.slug(), "read-only");
    }
}
