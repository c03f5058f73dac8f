//! Events of a company, and the groups that users can subscribe to.

use serde_json::Value;

/// A group that a user can subscribe to (confirmed, megaport-api.md; the spelling is a decision).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Security,
    People,
    Company,
    Financial,
    Ordering,
    Services,
    ServiceStatus,
}

impl Group {
    /// In the order of the settings.
    pub(crate) const ALL: [Group; 7] = [
        Group::Security,
        Group::People,
        Group::Company,
        Group::Financial,
        Group::Ordering,
        Group::ServiceStatus,
        Group::Services,
    ];

    /// As the API spells it (seen, but for SERVICE_STATUS, whose spelling is a decision; megaport-api.md).
    pub(crate) fn wire_name(self) -> String {
        self.title().to_uppercase().replace(' ', "_")
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Group::Security => "Security",
            Group::People => "People",
            Group::Company => "Company",
            Group::Financial => "Financial",
            Group::Ordering => "Ordering",
            Group::ServiceStatus => "Service Status",
            Group::Services => "Services",
        }
    }

    pub(crate) fn slug(self) -> String {
        self.title().to_lowercase().replace(' ', "-")
    }

    /// Whether users get its emails by default.
    pub(crate) const fn is_on_by_default(self) -> bool {
        !matches!(self, Group::ServiceStatus)
    }

    /// Its notifications, as the settings describe them.
    pub(crate) fn details(self) -> Vec<&'static str> {
        Kind::ALL.into_iter().filter(|kind| kind.group() == self).map(Kind::detail).collect()
    }
}

/// The kinds of events: the stored name, the group whose subscribers are notified, and the description in the settings.
macro_rules! kinds {
    ($count:literal: $($kind:ident, $name:literal, $group:ident, $detail:literal;)*) => {
        /// The kinds of events, as the domain's section on email lists them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind { $($kind),* }

        impl Kind {
            pub(crate) const ALL: [Kind; $count] = [$(Kind::$kind),*];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name),* }
            }

            pub(crate) const fn group(self) -> Group {
                match self { $(Kind::$kind => Group::$group),* }
            }

            const fn detail(self) -> &'static str {
                match self { $(Kind::$kind => $detail),* }
            }
        }
    };
}

kinds! { 29:
    // To the provider, even if it was accepted automatically.
    RequestReceived, "request-received", Ordering, "A connection request was received";
    // To the customer.
    RequestSent, "request-sent", Ordering, "A connection request was sent";
    RequestAccepted, "request-accepted", Ordering, "A connection request was accepted";
    RequestDenied, "request-denied", Ordering, "A connection request was denied";
    RequestExpired, "request-expired", Ordering, "A connection request expired";
    // To the provider.
    SpeedChangeAsked, "speed-change-asked", Ordering, "A speed change was requested";
    // To the customer.
    SpeedChangeAccepted, "speed-change-accepted", Ordering, "A speed change was accepted";
    SpeedChangeDenied, "speed-change-denied", Ordering, "A speed change was denied";
    // To the provider: the customer withdrew the request, or replaced the speed.
    RequestWithdrawn, "request-withdrawn", Ordering, "A connection request was withdrawn";
    SpeedChangeWithdrawn, "speed-change-withdrawn", Ordering, "A speed change was withdrawn";
    // To the partner.
    OrderReceived, "order-received", Ordering, "An order was added to the service approval queue";
    // To the account.
    OrderSent, "order-sent", Ordering, "An order was sent to the partner for approval";
    // To the partner and to the account.
    OrderAccepted, "order-accepted", Ordering, "An order in the queue was accepted";
    OrderDenied, "order-denied", Ordering, "An order in the queue was denied";
    OrderWithdrawn, "order-withdrawn", Ordering, "An order in the queue was withdrawn";
    OrderFailed, "order-failed", Ordering, "An accepted order could not be carried out";
    OrderExpired, "order-expired", Ordering, "An order in the queue expired";
    // To the customer.
    VxcAvailable, "vxc-available", Services, "A VXC is available";
    // To the customer and to the provider.
    VxcCancelled, "vxc-cancelled", Services, "A VXC was cancelled";
    // To the company that owns the key, user or port. Failed logins: at most once an hour for each key.
    ApiKeyCreated, "api-key-created", Security, "An API key was created";
    LoginFailed, "login-failed", Security, "A login failed";
    UserInvited, "user-invited", People, "A user was invited";
    UserChanged, "user-changed", People, "A user was changed";
    PortVisibilityChanged, "port-visibility-changed", Company, "A port's Marketplace visibility changed";
    PortAutoApprovalChanged, "port-auto-approval-changed", Company, "A port's automatic approval changed";
    PortDown, "port-down", ServiceStatus, "A port is down";
    PortUp, "port-up", ServiceStatus, "A port is up again";
    // To the payer.
    ChargeStarted, "charge-started", Financial, "A monthly charge started";
    ChargeChanged, "charge-changed", Financial, "A monthly charge changed";
}

impl Kind {
    pub(crate) fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Event<'a> {
    pub(crate) kind: Kind,
    /// The company whose users are notified.
    pub(crate) company_id: i64,
    /// The UID of the request, VXC, port, user or key.
    pub(crate) subject_uid: &'a str,
    /// The data for emails, in snake_case, with times in RFC 3339.
    pub(crate) payload: Value,
    pub(crate) at_ms: i64,
}

/// Why an order is accepted without a decision, as the API words it.
pub(crate) const SAME_COMPANY: &str = "the same company";
pub(crate) const BY_KEY: &str = "the pre-approved service key ";
pub(crate) const BY_PORT: &str = "automatic approval on ";

/// The reason of an automatic acceptance as a clause: `the order used pre-approved service key 8ea6f3bf`.
pub(crate) fn automatic_because(reason: &str) -> Option<String> {
    if reason == SAME_COMPANY {
        Some("both ports belong to the same company".to_owned())
    } else if let Some(key) = reason.strip_prefix(BY_KEY) {
        Some(format!("the order used pre-approved service key {key}"))
    } else {
        reason.strip_prefix(BY_PORT).map(|port| format!("automatic approval is turned on for {port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_something_to_tell() {
        assert!(Group::ALL.into_iter().all(|group| !group.details().is_empty()));
        assert_eq!(Group::ALL.map(|group| group.details().len()).iter().sum::<usize>(), Kind::ALL.len());
        assert_eq!(Group::ServiceStatus.slug(), "service-status");
        let off: Vec<Group> = Group::ALL.into_iter().filter(|group| !group.is_on_by_default()).collect();
        assert_eq!(off, [Group::ServiceStatus]);
    }
}
