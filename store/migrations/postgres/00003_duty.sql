-- What one process does for all that share the database, and until when it is in somebody's hands.
-- +goose Up
CREATE TABLE duty (
    account       TEXT    COLLATE "C" NOT NULL REFERENCES account (name),
    job           TEXT    COLLATE "C" NOT NULL,
    next_at       BIGINT  NOT NULL, -- when it is due
    claim         TEXT    NOT NULL, -- names who does it at present; '': nobody
    claimed_until BIGINT  NOT NULL, -- when the claim ends by itself
    PRIMARY KEY (account, job)
);

-- +goose Down
DROP TABLE duty;
