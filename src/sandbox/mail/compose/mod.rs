//! What the letter about an event says.

mod company;
mod queue;
mod request;
mod said;
mod service;

use super::letter::Letter;
use crate::sandbox::events::Kind;
pub(crate) use said::Said;

/// The letter about an event.
pub(crate) fn letter(kind: Kind, said: &Said<'_>) -> Letter {
    match kind {
        Kind::RequestReceived => request::received(said),
        Kind::RequestSent => request::sent(said),
        Kind::RequestAccepted => request::accepted(said),
        Kind::RequestDenied => request::denied(said),
        Kind::RequestExpired => request::expired(said),
        Kind::SpeedChangeAsked => request::speed_asked(said),
        Kind::SpeedChangeAccepted => request::speed_accepted(said),
        Kind::SpeedChangeDenied => request::speed_denied(said),
        Kind::RequestWithdrawn => request::withdrawn(said),
        Kind::SpeedChangeWithdrawn => request::speed_withdrawn(said),
        Kind::OrderReceived => queue::received(said),
        Kind::OrderSent => queue::sent(said),
        Kind::OrderAccepted => queue::accepted(said),
        Kind::OrderDenied => queue::denied(said),
        Kind::OrderWithdrawn => queue::withdrawn(said),
        Kind::OrderFailed => queue::failed(said),
        Kind::OrderExpired => queue::expired(said),
        Kind::VxcAvailable => service::available(said),
        Kind::VxcCancelled => service::cancelled(said),
        Kind::ChargeStarted => service::charge_started(said),
        Kind::ChargeChanged => service::charge_changed(said),
        Kind::PortDown => service::port_down(said),
        Kind::PortUp => service::port_up(said),
        Kind::ApiKeyCreated => company::key_created(said),
        Kind::LoginFailed => company::login_failed(said),
        Kind::UserInvited => company::user_invited(said),
        Kind::UserChanged => company::user_changed(said),
        Kind::PortVisibilityChanged => company::visibility_changed(said),
        Kind::PortAutoApprovalChanged => company::auto_approval_changed(said),
    }
}
