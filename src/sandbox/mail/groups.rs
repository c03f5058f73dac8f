//! The groups one can subscribe to: their names, what is in each, and what holds by default.

use crate::sandbox::events::{Group, Kind};

impl Group {
    /// Every group, in the order in which the settings list them.
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
    pub(crate) const fn wire_name(self) -> &'static str {
        match self {
            Group::Security => "SECURITY",
            Group::People => "PEOPLE",
            Group::Company => "COMPANY",
            Group::Financial => "FINANCIAL",
            Group::Ordering => "ORDERING",
            Group::ServiceStatus => "SERVICE_STATUS",
            Group::Services => "SERVICES",
        }
    }

    /// As people read it.
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

    /// As the command line spells it.
    pub(crate) fn slug(self) -> String {
        self.title().to_lowercase().replace(' ', "-")
    }

    /// Whether a user who never chose gets its e-mails.
    pub(crate) const fn is_on_by_default(self) -> bool {
        !matches!(self, Group::ServiceStatus)
    }

    /// What its e-mails tell, as the settings describe it.
    pub(crate) fn details(self) -> Vec<&'static str> {
        Kind::ALL.into_iter().filter(|kind| kind.group() == self).map(Kind::detail).collect()
    }
}

impl Kind {
    /// Every kind of event.
    pub(crate) const ALL: [Kind; 29] = [
        Kind::RequestReceived,
        Kind::RequestSent,
        Kind::RequestAccepted,
        Kind::RequestDenied,
        Kind::RequestExpired,
        Kind::SpeedChangeAsked,
        Kind::SpeedChangeAccepted,
        Kind::SpeedChangeDenied,
        Kind::RequestWithdrawn,
        Kind::SpeedChangeWithdrawn,
        Kind::OrderReceived,
        Kind::OrderSent,
        Kind::OrderAccepted,
        Kind::OrderDenied,
        Kind::OrderWithdrawn,
        Kind::OrderFailed,
        Kind::OrderExpired,
        Kind::VxcAvailable,
        Kind::VxcCancelled,
        Kind::ApiKeyCreated,
        Kind::LoginFailed,
        Kind::UserInvited,
        Kind::UserChanged,
        Kind::PortVisibilityChanged,
        Kind::PortAutoApprovalChanged,
        Kind::PortDown,
        Kind::PortUp,
        Kind::ChargeStarted,
        Kind::ChargeChanged,
    ];

    /// Reads what [`Kind::name`] wrote.
    pub(crate) fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    const fn detail(self) -> &'static str {
        match self {
            Kind::RequestReceived => "A connection request was received",
            Kind::RequestSent => "A connection request was sent",
            Kind::RequestAccepted => "A connection request was accepted",
            Kind::RequestDenied => "A connection request was denied",
            Kind::RequestExpired => "A connection request expired",
            Kind::SpeedChangeAsked => "A speed change was asked for",
            Kind::SpeedChangeAccepted => "A speed change was accepted",
            Kind::SpeedChangeDenied => "A speed change was denied",
            Kind::RequestWithdrawn => "A connection request was withdrawn",
            Kind::SpeedChangeWithdrawn => "A speed change was withdrawn",
            Kind::OrderReceived => "An order waits in the service approval queue",
            Kind::OrderSent => "An order waits for the partner",
            Kind::OrderAccepted => "An order in the queue was accepted",
            Kind::OrderDenied => "An order in the queue was denied",
            Kind::OrderWithdrawn => "An order in the queue was withdrawn",
            Kind::OrderFailed => "An accepted order could not be carried out",
            Kind::OrderExpired => "An order in the queue expired",
            Kind::VxcAvailable => "A VXC is available",
            Kind::VxcCancelled => "A VXC was cancelled",
            Kind::ApiKeyCreated => "An API key was created",
            Kind::LoginFailed => "Logging in failed",
            Kind::UserInvited => "A user was invited",
            Kind::UserChanged => "A user was changed",
            Kind::PortVisibilityChanged => "A port's Marketplace visibility changed",
            Kind::PortAutoApprovalChanged => "A port's automatic approval changed",
            Kind::PortDown => "A port is down",
            Kind::PortUp => "A port is up again",
            Kind::ChargeStarted => "A monthly charge starts",
            Kind::ChargeChanged => "A monthly charge changed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_something_to_tell_and_all_kinds_are_listed() {
        let mut told = 0;
        for group in Group::ALL {
            assert!(!group.details().is_empty(), "{group:?}");
            told += group.details().len();
        }
        assert_eq!(told, Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
        assert_eq!(Group::ServiceStatus.slug(), "service-status");
        let off: Vec<Group> = Group::ALL.into_iter().filter(|group| !group.is_on_by_default()).collect();
        assert_eq!(off, [Group::ServiceStatus]);
    }
}
