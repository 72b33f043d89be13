-- A SQLite database that walletwatch left behind at schema 4.
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
, policy       TEXT    NOT NULL DEFAULT '', policy_until INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "account" VALUES('default',20,1795464168052,1795464170072,'','',0,'ledger','168h0m0s (?i)refund',1795464120000,1795464170072,1795464169000,1794859368054,1794783768000,1795464168090,1,1,0,'',0,'',0);
CREATE TABLE audit (
    account   TEXT    NOT NULL REFERENCES account (name),
    wallet_id INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    event     TEXT    NOT NULL,
    detail    TEXT    NOT NULL
) STRICT;
INSERT INTO "audit" VALUES('default',0,1795464168090,'spend','the transactions of the whole window are counted');
INSERT INTO "audit" VALUES('default',1,1795464169004,'level','ok to critical: the balance is below the threshold');
INSERT INTO "audit" VALUES('default',2,1795464169004,'level','ok to warning: the balance is below the threshold');
INSERT INTO "audit" VALUES('default',2,1795464170028,'level','warning to ok: the balance is below no threshold');
CREATE TABLE balance_sample (
    account   TEXT    NOT NULL REFERENCES account (name),
    wallet_id INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    balance   TEXT    NOT NULL,
    PRIMARY KEY (account, wallet_id, at)
) STRICT, WITHOUT ROWID;
INSERT INTO "balance_sample" VALUES('default',1,1795464168065,'5000');
INSERT INTO "balance_sample" VALUES('default',2,1795464168065,'5000.5');
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
INSERT INTO "dispatch" VALUES('default',1,'pagerduty',10,1,1,'critical','',1795464169004,1,1,'critical','',1795464169004,1795464169025,'',1795464169004,1,1795464169004,'',0,1,'3MWR7VxBLZVLi2wPasnsyz5WfBx',0);
INSERT INTO "dispatch" VALUES('default',1,'slack',9,1,1,'critical','',1795464169004,1,1,'critical','',1795464169004,1795464169021,'{"channel":"C-wallet-alerts","ts":"1795464169.000001"}',1795464169004,1,1795464169004,'',0,1,'3MWR7TErvIJ2xOzA78BZRdYHZAQ',0);
INSERT INTO "dispatch" VALUES('default',2,'slack',16,2,0,'warning','',1795464169004,2,0,'warning','',1795464169004,1795464170033,'{"channel":"C-wallet-alerts","ts":"1795464169.000002"}',1795464170028,1,1795464170028,'',0,0,'3MWR7e2nrhLH33kzjxaOh18ZAp7',0);
CREATE TABLE duty (
    account       TEXT    NOT NULL REFERENCES account (name),
    job           TEXT    NOT NULL,
    next_at       INTEGER NOT NULL, -- when it is due
    claim         TEXT    NOT NULL, -- names who does it at present; '': nobody
    claimed_until INTEGER NOT NULL, -- when the claim ends by itself
    PRIMARY KEY (account, job)
) STRICT, WITHOUT ROWID;
INSERT INTO "duty" VALUES('default','balances',1795464470000,'',0);
INSERT INTO "duty" VALUES('default','movements',1795464470000,'',0);
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
INSERT INTO "episode" VALUES('default',1,1795464169004,10,'critical',0,1,'[{"Receiver":"pagerduty","State":"accepted","Attempts":1,"LastError":"","AcceptedAt":"2026-11-23T20:02:49.025Z"},{"Receiver":"slack","State":"accepted","Attempts":1,"LastError":"","AcceptedAt":"2026-11-23T20:02:49.021Z"}]');
INSERT INTO "episode" VALUES('default',2,1795464169004,16,'warning',1795464170028,1,'[{"Receiver":"slack","State":"accepted","Attempts":1,"LastError":"","AcceptedAt":"2026-11-23T20:02:50.033Z"}]');
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-23 20:02:48');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-23 20:02:48');
INSERT INTO "goose_db_version" VALUES(3,2,1,'2026-11-23 20:02:48');
INSERT INTO "goose_db_version" VALUES(4,3,1,'2026-11-23 20:02:48');
INSERT INTO "goose_db_version" VALUES(5,4,1,'2026-11-23 21:00:48');
CREATE TABLE heard (
    account TEXT    NOT NULL REFERENCES account (name),
    key     TEXT    NOT NULL, -- of an order or a webhook event, which counts once
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "heard" VALUES('default','order/65',1795464170094);
INSERT INTO "heard" VALUES('default','order/66',1795464170096);
CREATE TABLE movement (
    account    TEXT    NOT NULL REFERENCES account (name),
    id         INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    settled    INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "movement" VALUES('default',1,1794783768000,1);
INSERT INTO "movement" VALUES('default',33,1794783768000,1);
INSERT INTO "movement" VALUES('default',2,1794805368000,1);
INSERT INTO "movement" VALUES('default',34,1794805368000,1);
INSERT INTO "movement" VALUES('default',3,1794826968000,1);
INSERT INTO "movement" VALUES('default',35,1794826968000,1);
INSERT INTO "movement" VALUES('default',4,1794848568000,1);
INSERT INTO "movement" VALUES('default',36,1794848568000,1);
INSERT INTO "movement" VALUES('default',5,1794870168000,1);
INSERT INTO "movement" VALUES('default',37,1794870168000,1);
INSERT INTO "movement" VALUES('default',6,1794891768000,1);
INSERT INTO "movement" VALUES('default',38,1794891768000,1);
INSERT INTO "movement" VALUES('default',7,1794913368000,1);
INSERT INTO "movement" VALUES('default',39,1794913368000,1);
INSERT INTO "movement" VALUES('default',8,1794934968000,1);
INSERT INTO "movement" VALUES('default',40,1794934968000,1);
INSERT INTO "movement" VALUES('default',9,1794956568000,1);
INSERT INTO "movement" VALUES('default',41,1794956568000,1);
INSERT INTO "movement" VALUES('default',10,1794978168000,1);
INSERT INTO "movement" VALUES('default',42,1794978168000,1);
INSERT INTO "movement" VALUES('default',11,1794999768000,1);
INSERT INTO "movement" VALUES('default',43,1794999768000,1);
INSERT INTO "movement" VALUES('default',12,1795021368000,1);
INSERT INTO "movement" VALUES('default',44,1795021368000,1);
INSERT INTO "movement" VALUES('default',13,1795042968000,1);
INSERT INTO "movement" VALUES('default',45,1795042968000,1);
INSERT INTO "movement" VALUES('default',14,1795064568000,1);
INSERT INTO "movement" VALUES('default',46,1795064568000,1);
INSERT INTO "movement" VALUES('default',15,1795086168000,1);
INSERT INTO "movement" VALUES('default',47,1795086168000,1);
INSERT INTO "movement" VALUES('default',16,1795107768000,1);
INSERT INTO "movement" VALUES('default',48,1795107768000,1);
INSERT INTO "movement" VALUES('default',17,1795129368000,1);
INSERT INTO "movement" VALUES('default',49,1795129368000,1);
INSERT INTO "movement" VALUES('default',18,1795150968000,1);
INSERT INTO "movement" VALUES('default',50,1795150968000,1);
INSERT INTO "movement" VALUES('default',19,1795172568000,1);
INSERT INTO "movement" VALUES('default',51,1795172568000,1);
INSERT INTO "movement" VALUES('default',20,1795194168000,1);
INSERT INTO "movement" VALUES('default',52,1795194168000,1);
INSERT INTO "movement" VALUES('default',21,1795215768000,1);
INSERT INTO "movement" VALUES('default',53,1795215768000,1);
INSERT INTO "movement" VALUES('default',22,1795237368000,1);
INSERT INTO "movement" VALUES('default',54,1795237368000,1);
INSERT INTO "movement" VALUES('default',23,1795258968000,1);
INSERT INTO "movement" VALUES('default',55,1795258968000,1);
INSERT INTO "movement" VALUES('default',24,1795280568000,1);
INSERT INTO "movement" VALUES('default',56,1795280568000,1);
INSERT INTO "movement" VALUES('default',25,1795302168000,1);
INSERT INTO "movement" VALUES('default',57,1795302168000,1);
INSERT INTO "movement" VALUES('default',26,1795323768000,1);
INSERT INTO "movement" VALUES('default',58,1795323768000,1);
INSERT INTO "movement" VALUES('default',27,1795345368000,1);
INSERT INTO "movement" VALUES('default',59,1795345368000,1);
INSERT INTO "movement" VALUES('default',28,1795366968000,1);
INSERT INTO "movement" VALUES('default',60,1795366968000,1);
INSERT INTO "movement" VALUES('default',29,1795388568000,1);
INSERT INTO "movement" VALUES('default',61,1795388568000,1);
INSERT INTO "movement" VALUES('default',30,1795410168000,1);
INSERT INTO "movement" VALUES('default',62,1795410168000,1);
INSERT INTO "movement" VALUES('default',31,1795431768000,1);
INSERT INTO "movement" VALUES('default',63,1795431768000,1);
INSERT INTO "movement" VALUES('default',32,1795453368000,1);
INSERT INTO "movement" VALUES('default',64,1795453368000,1);
INSERT INTO "movement" VALUES('default',65,1795464169000,1);
CREATE TABLE spend_minute (
    account   TEXT    NOT NULL REFERENCES account (name),
    minute    INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    source    TEXT    NOT NULL,
    amount    TEXT    NOT NULL,
    PRIMARY KEY (account, minute, wallet_id, source)
) STRICT, WITHOUT ROWID;
INSERT INTO "spend_minute" VALUES('default',1794870120000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1794870120000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1794891720000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1794891720000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1794913320000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1794913320000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1794934920000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1794934920000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1794956520000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1794956520000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1794978120000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1794978120000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1794999720000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1794999720000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795021320000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795021320000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795042920000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795042920000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795064520000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795064520000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795086120000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795086120000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795107720000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795107720000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795129320000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795129320000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795150920000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795150920000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795172520000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795172520000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795194120000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795194120000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795215720000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795215720000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795237320000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795237320000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795258920000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795258920000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795280520000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795280520000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795302120000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795302120000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795323720000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795323720000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795345320000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795345320000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795366920000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795366920000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795388520000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795388520000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795410120000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795410120000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795431720000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795431720000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795453320000,1,'ledger','250');
INSERT INTO "spend_minute" VALUES('default',1795453320000,2,'ledger','100');
INSERT INTO "spend_minute" VALUES('default',1795464120000,2,'ledger','0');
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
    since          INTEGER NOT NULL, read_balance TEXT    NOT NULL DEFAULT '0', read_at      INTEGER NOT NULL DEFAULT 0, news         TEXT    NOT NULL DEFAULT '', suspect      INTEGER NOT NULL DEFAULT 0, proven       TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "wallet" VALUES('default',1,6,1,'USD',2,'PREPAID','49',1795464169002,'poll',1,'',0,1794783720000,1795464168065,'["1000","1000","1000","1000","1000","1000","1000"]','critical',1795464169004,'49',1795464169002,'',0,'critical');
INSERT INTO "wallet" VALUES('default',2,20,1,'USD',2,'PREPAID','4006.375',1795464170096,'estimate',1,'',0,1794783720000,1795464168065,'["400","400","400","400","400","400","400"]','',0,'4079.5',1795464170003,'order 1795464170094 1795464170096 2 73.125;',0,'');
CREATE INDEX movement_by_time ON movement (account, settled, created_at);
CREATE INDEX audit_by_time ON audit (account, at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',5);
