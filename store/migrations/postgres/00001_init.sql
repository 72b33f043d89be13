-- Money is TEXT (exact decimals), instants are BIGINT milliseconds since 1970 UTC (0: none), flags are 0 or 1. Text that
-- is compared or sorted is so byte by byte, as SQLite does it.
-- +goose Up
CREATE TABLE account (
    name             TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    version          BIGINT  NOT NULL,
    created_at       BIGINT  NOT NULL,
    polled_at        BIGINT  NOT NULL DEFAULT 0,
    fault_kind       TEXT    NOT NULL DEFAULT '',
    fault_message    TEXT    NOT NULL DEFAULT '',
    fault_since      BIGINT  NOT NULL DEFAULT 0,
    spend_source     TEXT    NOT NULL DEFAULT 'ledger',
    spend_basis      TEXT    NOT NULL DEFAULT '',
    spend_end        BIGINT  NOT NULL DEFAULT 0,
    ledger_read_at   BIGINT  NOT NULL DEFAULT 0,
    ledger_newest    BIGINT  NOT NULL DEFAULT 0,
    fill_target      BIGINT  NOT NULL DEFAULT 0,
    fill_reached     BIGINT  NOT NULL DEFAULT 0,
    fill_progress_at BIGINT  NOT NULL DEFAULT 0,
    fill_complete    BIGINT  NOT NULL DEFAULT 0,
    fill_ever        BIGINT  NOT NULL DEFAULT 0,
    drops_since      BIGINT  NOT NULL DEFAULT 0,
    monitor_level    TEXT    NOT NULL DEFAULT '',
    monitor_since    BIGINT  NOT NULL DEFAULT 0
);

CREATE TABLE wallet (
    account        TEXT    COLLATE "C" NOT NULL REFERENCES account (name),
    id             BIGINT  NOT NULL,
    version        BIGINT  NOT NULL,
    currency_id    BIGINT  NOT NULL,
    currency       TEXT    NOT NULL,
    scale          BIGINT  NOT NULL,
    type           TEXT    NOT NULL,
    balance        TEXT    NOT NULL,
    observed_at    BIGINT  NOT NULL,
    source         TEXT    NOT NULL,
    ever_positive  BIGINT  NOT NULL,
    doubt          TEXT    NOT NULL,
    doubt_since    BIGINT  NOT NULL,
    first_movement BIGINT  NOT NULL,
    first_seen     BIGINT  NOT NULL,
    spend          TEXT    NOT NULL, -- JSON array of decimal strings: the days of the window, the newest first
    level          TEXT    NOT NULL,
    since          BIGINT  NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE TABLE dispatch (
    account         TEXT    COLLATE "C" NOT NULL REFERENCES account (name),
    wallet_id       BIGINT  NOT NULL, -- 0: the account's monitor
    receiver        TEXT    COLLATE "C" NOT NULL,
    version         BIGINT  NOT NULL,
    want_seq        BIGINT  NOT NULL,
    want_firing     BIGINT  NOT NULL,
    want_level      TEXT    NOT NULL,
    want_about      TEXT    NOT NULL,
    want_since      BIGINT  NOT NULL,
    accepted_seq    BIGINT  NOT NULL,
    accepted_firing BIGINT  NOT NULL,
    accepted_level  TEXT    NOT NULL,
    accepted_about  TEXT    NOT NULL,
    accepted_since  BIGINT  NOT NULL,
    accepted_at     BIGINT  NOT NULL,
    handle          TEXT    NOT NULL,
    due_at          BIGINT  NOT NULL,
    attempts        BIGINT  NOT NULL,
    next_at         BIGINT  NOT NULL,
    last_error      TEXT    NOT NULL,
    permanent       BIGINT  NOT NULL,
    urgency         BIGINT  NOT NULL,
    claim           TEXT    NOT NULL,
    claimed_until   BIGINT  NOT NULL,
    PRIMARY KEY (account, wallet_id, receiver)
);

CREATE TABLE episode (
    account     TEXT    COLLATE "C" NOT NULL REFERENCES account (name),
    wallet_id   BIGINT  NOT NULL, -- 0: the account's monitor
    since       BIGINT  NOT NULL,
    version     BIGINT  NOT NULL,
    level       TEXT    NOT NULL,
    resolved_at BIGINT  NOT NULL,
    confirmed   BIGINT  NOT NULL,
    outcomes    TEXT    NOT NULL, -- JSON: how far the news got with each receiver
    PRIMARY KEY (account, wallet_id, since)
);

CREATE TABLE spend_minute (
    account   TEXT    COLLATE "C" NOT NULL REFERENCES account (name),
    minute    BIGINT  NOT NULL,
    wallet_id BIGINT  NOT NULL,
    source    TEXT    COLLATE "C" NOT NULL,
    amount    TEXT    NOT NULL,
    PRIMARY KEY (account, minute, wallet_id, source)
);

CREATE TABLE movement (
    account    TEXT    COLLATE "C" NOT NULL REFERENCES account (name),
    id         BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    settled    BIGINT  NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX movement_by_time ON movement (account, settled, created_at);

CREATE TABLE balance_sample (
    account   TEXT    COLLATE "C" NOT NULL REFERENCES account (name),
    wallet_id BIGINT  NOT NULL,
    at        BIGINT  NOT NULL,
    balance   TEXT    NOT NULL,
    PRIMARY KEY (account, wallet_id, at)
);

CREATE TABLE audit (
    account   TEXT    COLLATE "C" NOT NULL REFERENCES account (name),
    wallet_id BIGINT  NOT NULL,
    at        BIGINT  NOT NULL,
    event     TEXT    NOT NULL,
    detail    TEXT    NOT NULL
);
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
