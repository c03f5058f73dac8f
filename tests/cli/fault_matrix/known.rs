//! The cells that are wrong today: row, column, what is wrong. One that is mended leaves this list.

const API: &str = "api PUT /v3/product/vxc/5de98640-ce96-5998-905b-8b94ecee1df1 -F isApproved=true --yes";

pub(super) const KNOWN: &[(&str, &str, &str)] = &[
    // A raw call isn't read back: the envelope is all it has.
    (API, "lying yes", "0, but not as asked"),
];
