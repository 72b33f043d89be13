-- Money is TEXT (exact decimals), instants are INTEGER milliseconds since 1970 UTC (0: none), flags are 0 or 1.
-- +goose Up
CREATE TABLE account (
    name             TEXT    NOT NULL PRIMARY KEY,
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    polled_at        INTEGER NOT NULL DEFAULT 0,
    fault_kind       TEXT    NOT NULL DEFAULT '',
    fault_message    TEXT    NOT NULL DEFAULT '',
    fault_since      INTEGER NOT NULL DEFAULT 0,
    spend_source     TEXT    NOT NULL DEFAULT 'ledger',
    spend_basis      TEXT    NOT NULL DEFAULT '',
    spend_end        INTEGER NOT NULL DEFAULT 0,
    ledger_read_at   INTEGER NOT NULL DEFAULT 0,
    ledger_newest    INTEGER NOT NULL DEFAULT 0,
    fill_target      INTEGER NOT NULL DEFAULT 0,
    fill_reached     INTEGER NOT NULL DEFAULT 0,
    fill_progress_at INTEGER NOT NULL DEFAULT 0,
    fill_complete    INTEGER NOT NULL DEFAULT 0,
    fill_ever        INTEGER NOT NULL DEFAULT 0,
    drops_since      INTEGER NOT NULL DEFAULT 0,
    monitor_level    TEXT    NOT NULL DEFAULT '',
    monitor_since    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE wallet (
    account        TEXT    NOT NULL REFERENCES account (name),
    id             INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    currency_id    INTEGER NOT NULL,
    currency       TEXT    NOT NULL,
    scale          INTEGER NOT NULL,
    type           TEXT    NOT NULL,
    balance        TEXT    NOT NULL,
    observed_at    INTEGER NOT NULL,
    source         TEXT    NOT NULL,
    ever_positive  INTEGER NOT NULL,
    doubt          TEXT    NOT NULL,
    doubt_since    INTEGER NOT NULL,
    first_movement INTEGER NOT NULL,
    first_seen     INTEGER NOT NULL,
    spend          TEXT    NOT NULL, -- JSON array of decimal strings: the days of the window, the newest first
    level          TEXT    NOT NULL,
    since          INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dispatch (
    account         TEXT    NOT NULL REFERENCES account (name),
    wallet_id       INTEGER NOT NULL, -- 0: the account's monitor
    receiver        TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    want_seq        INTEGER NOT NULL,
    want_firing     INTEGER NOT NULL,
    want_level      TEXT    NOT NULL,
    want_about      TEXT    NOT NULL,
    want_since      INTEGER NOT NULL,
    accepted_seq    INTEGER NOT NULL,
    accepted_firing INTEGER NOT NULL,
    accepted_level  TEXT    NOT NULL,
    accepted_about  TEXT    NOT NULL,
    accepted_since  INTEGER NOT NULL,
    accepted_at     INTEGER NOT NULL,
    handle          TEXT    NOT NULL,
    due_at          INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    next_at         INTEGER NOT NULL,
    last_error      TEXT    NOT NULL,
    permanent       INTEGER NOT NULL,
    urgency         INTEGER NOT NULL,
    claim           TEXT    NOT NULL,
    claimed_until   INTEGER NOT NULL,
    PRIMARY KEY (account, wallet_id, receiver)
) STRICT, WITHOUT ROWID;

CREATE TABLE episode (
    account     TEXT    NOT NULL REFERENCES account (name),
    wallet_id   INTEGER NOT NULL, -- 0: the account's monitor
    since       INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    level       TEXT    NOT NULL,
    resolved_at INTEGER NOT NULL,
    confirmed   INTEGER NOT NULL,
    outcomes    TEXT    NOT NULL, -- JSON: how far the news got with each receiver
    PRIMARY KEY (account, wallet_id, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE spend_minute (
    account   TEXT    NOT NULL REFERENCES account (name),
    minute    INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    source    TEXT    NOT NULL,
    amount    TEXT    NOT NULL,
    PRIMARY KEY (account, minute, wallet_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE movement (
    account    TEXT    NOT NULL REFERENCES account (name),
    id         INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    settled    INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX movement_by_time ON movement (account, settled, created_at);

CREATE TABLE balance_sample (
    account   TEXT    NOT NULL REFERENCES account (name),
    wallet_id INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    balance   TEXT    NOT NULL,
    PRIMARY KEY (account, wallet_id, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    account   TEXT    NOT NULL REFERENCES account (name),
    wallet_id INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    event     TEXT    NOT NULL,
    detail    TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (account, at);

-- +goose Down
DROP TABLE audit;
DROP TABLE balance_sample;
DROP TABLE movement;
DROP TABLE spend_minute;
DROP TABLE episode;
DROP TABLE dispatch;
DROP TABLE wallet;
DROP TABLE account;
