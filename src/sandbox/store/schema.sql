-- Times are milliseconds since the Unix epoch, speeds Mbps, switches 0 or 1.

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE companies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    account_reference TEXT,
    -- The partner that decides this managed account's orders.
    managed_by INTEGER REFERENCES companies (id),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    employment_id INTEGER NOT NULL,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT,
    role TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    notification_enabled INTEGER NOT NULL DEFAULT 1,
    invitation_pending INTEGER NOT NULL DEFAULT 0,
    require_totp INTEGER NOT NULL DEFAULT 0,
    mfa_enabled INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    last_login_at INTEGER
) STRICT;
CREATE INDEX users_company ON users (company_id);
CREATE UNIQUE INDEX users_email ON users (company_id, email COLLATE NOCASE);

CREATE TABLE api_keys (
    client_id TEXT PRIMARY KEY,
    client_secret TEXT NOT NULL,
    name TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    token_life_s INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    -- When the last e-mail about failed log-ins was due: at most one an hour.
    failure_told_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_user ON api_keys (user_id);

CREATE TABLE tokens (
    digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES api_keys (client_id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_expiry ON tokens (expires_at);

CREATE TABLE locations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    city TEXT NOT NULL,
    metro TEXT NOT NULL,
    market TEXT NOT NULL,
    country TEXT NOT NULL,
    street TEXT NOT NULL,
    suburb TEXT NOT NULL,
    state TEXT NOT NULL,
    postcode TEXT NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    data_centre_id INTEGER NOT NULL,
    data_centre_name TEXT NOT NULL,
    status TEXT NOT NULL
) STRICT;

CREATE TABLE products (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    product_type TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    speed_mbps INTEGER NOT NULL,
    location_id INTEGER NOT NULL REFERENCES locations (id),
    diversity_zone TEXT,
    marketplace_visibility INTEGER NOT NULL DEFAULT 0,
    vxc_permitted INTEGER NOT NULL DEFAULT 1,
    vxc_auto_approval INTEGER NOT NULL DEFAULT 0,
    connect_type TEXT NOT NULL DEFAULT 'DEFAULT',
    lag_primary INTEGER NOT NULL DEFAULT 0,
    lag_id INTEGER,
    aggregation_id INTEGER,
    virtual INTEGER NOT NULL DEFAULT 0,
    locked INTEGER NOT NULL DEFAULT 0,
    admin_locked INTEGER NOT NULL DEFAULT 0,
    up INTEGER NOT NULL DEFAULT 1,
    contract_term_months INTEGER NOT NULL,
    cost_centre TEXT,
    created_at INTEGER NOT NULL,
    live_at INTEGER,
    terminate_at INTEGER
) STRICT;
CREATE INDEX products_company ON products (company_id, id);
CREATE INDEX products_marketplace ON products (id) WHERE marketplace_visibility = 1;

CREATE TABLE service_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    product_id INTEGER NOT NULL REFERENCES products (id),
    description TEXT,
    max_speed_mbps INTEGER NOT NULL,
    single_use INTEGER NOT NULL,
    active INTEGER NOT NULL,
    pre_approved INTEGER,
    vlan INTEGER,
    valid_from INTEGER,
    valid_until INTEGER,
    promo_code TEXT,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    -- The VXC that took a single-use key; freed when its order ends unaccepted.
    taken_by_vxc INTEGER
) STRICT;
CREATE INDEX service_keys_company ON service_keys (company_id, id);
CREATE INDEX service_keys_product ON service_keys (product_id);

CREATE TABLE vxcs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    service_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    -- 0 until the B-End's owner said yes: its VLAN is asked for, not taken.
    accepted INTEGER NOT NULL,
    rate_limit_mbps INTEGER NOT NULL,
    distance_band TEXT NOT NULL,
    a_product_id INTEGER NOT NULL REFERENCES products (id),
    a_company_id INTEGER NOT NULL REFERENCES companies (id),
    a_vlan INTEGER,
    a_inner_vlan INTEGER,
    b_product_id INTEGER NOT NULL REFERENCES products (id),
    b_company_id INTEGER NOT NULL REFERENCES companies (id),
    b_vlan INTEGER,
    b_inner_vlan INTEGER,
    contract_term_months INTEGER NOT NULL,
    cost_centre TEXT,
    promo_code TEXT,
    shutdown INTEGER NOT NULL DEFAULT 0,
    service_key_id INTEGER REFERENCES service_keys (id),
    created_at INTEGER NOT NULL,
    live_at INTEGER,
    terminate_at INTEGER,
    -- The order that vxcApproval speaks of, and whether it is left there, stale, as if still pending.
    order_id INTEGER REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED,
    approval_stale INTEGER NOT NULL DEFAULT 0,
    -- When the next thing happens to it by itself (see due.rs), and when its deployment ends.
    due_at INTEGER,
    deployed_at INTEGER
) STRICT;
-- They hold all that tells a port's VLANs, which every order and decision asks for: the rows are all over a large file.
CREATE INDEX vxcs_a_end ON vxcs (a_product_id, a_vlan, a_inner_vlan, status);
CREATE INDEX vxcs_b_end ON vxcs (b_product_id, b_vlan, b_inner_vlan, accepted, status);
CREATE INDEX vxcs_due ON vxcs (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    vxc_id INTEGER NOT NULL REFERENCES vxcs (id) DEFERRABLE INITIALLY DEFERRED,
    type TEXT NOT NULL CHECK (type IN ('NEW', 'SPEED_CHANGE')),
    status TEXT NOT NULL
        CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN', 'SUPERSEDED')),
    new_rate_limit_mbps INTEGER,
    old_rate_limit_mbps INTEGER,
    requester_company_id INTEGER NOT NULL REFERENCES companies (id),
    approver_company_id INTEGER NOT NULL REFERENCES companies (id),
    requested_by INTEGER REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    decided_at INTEGER,
    -- Who or what decided, as a person reads it: "Priya Example (Technical Admin)".
    decided_by TEXT,
    reason TEXT
) STRICT;
CREATE INDEX orders_vxc ON orders (vxc_id);
CREATE UNIQUE INDEX orders_one_pending ON orders (vxc_id) WHERE status = 'PENDING';
CREATE INDEX orders_waiting ON orders (approver_company_id, created_at) WHERE status = 'PENDING';

CREATE TABLE order_approvals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    reference_id TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('NEW_ORDER', 'TERM_CHANGE', 'SPEED_CHANGE')),
    status TEXT NOT NULL
        CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED', 'FAILED', 'WITHDRAWN', 'EXPIRED')),
    approver_company_id INTEGER NOT NULL REFERENCES companies (id),
    requester_company_id INTEGER NOT NULL REFERENCES companies (id),
    requested_by INTEGER REFERENCES users (id),
    service_id INTEGER,
    comment TEXT,
    detail TEXT NOT NULL,
    -- What is carried out when it is approved: the order's body as JSON.
    work TEXT,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    decided_at INTEGER,
    decided_by TEXT
) STRICT;
CREATE INDEX order_approvals_approver ON order_approvals (approver_company_id, created_at);
CREATE INDEX order_approvals_requester ON order_approvals (requester_company_id, created_at);
CREATE INDEX order_approvals_due ON order_approvals (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE notification_preferences (
    user_id INTEGER NOT NULL REFERENCES users (id),
    message_group TEXT NOT NULL,
    subscribed INTEGER NOT NULL,
    PRIMARY KEY (user_id, message_group)
) STRICT, WITHOUT ROWID;

CREATE TABLE product_tags (
    product_uid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (product_uid, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    user_id INTEGER REFERENCES users (id),
    login_name TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    user_type TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_company ON activity (company_id, created_at);
CREATE INDEX activity_user ON activity (user_id, created_at);

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    -- What it is about: the uid of a request, a VXC, a port, a user or a key.
    subject_uid TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX events_company ON events (company_id, created_at);
CREATE INDEX events_subject ON events (subject_uid);

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL REFERENCES events (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    message_id TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'WAITING' CHECK (status IN ('WAITING', 'DELIVERED', 'FAILED')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    delivered_at INTEGER,
    UNIQUE (event_id, user_id)
) STRICT;
CREATE INDEX messages_waiting ON messages (next_attempt_at) WHERE status = 'WAITING';
CREATE INDEX messages_recipient ON messages (recipient, created_at);
