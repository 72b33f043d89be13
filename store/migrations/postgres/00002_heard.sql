-- What order responses and webhooks say between polls, and which of them have counted.
-- +goose Up
ALTER TABLE wallet ADD COLUMN read_balance TEXT    NOT NULL DEFAULT '0';  -- what the last trusted poll read; balance is what is believed
ALTER TABLE wallet ADD COLUMN read_at      BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE wallet ADD COLUMN news         TEXT    NOT NULL DEFAULT '';   -- what was heard since
ALTER TABLE wallet ADD COLUMN suspect      BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE wallet ADD COLUMN proven       TEXT    NOT NULL DEFAULT '';
UPDATE wallet SET read_balance = balance, read_at = observed_at, proven = level;

CREATE TABLE heard (
    account TEXT    COLLATE "C" NOT NULL REFERENCES account (name),
    key     TEXT    COLLATE "C" NOT NULL, -- of an order or a webhook event, which counts once
    at      BIGINT  NOT NULL,
    PRIMARY KEY (account, key)
);

-- +goose Down
DROP TABLE heard;
ALTER TABLE wallet DROP COLUMN proven;
ALTER TABLE wallet DROP COLUMN suspect;
ALTER TABLE wallet DROP COLUMN news;
ALTER TABLE wallet DROP COLUMN read_at;
ALTER TABLE wallet DROP COLUMN read_balance;
