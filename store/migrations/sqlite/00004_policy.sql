-- By which configuration levels are decided, when several processes share the database.
-- +goose Up
ALTER TABLE account ADD COLUMN policy       TEXT    NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN policy_until INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE account DROP COLUMN policy_until;
ALTER TABLE account DROP COLUMN policy;
