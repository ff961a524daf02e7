-- Rows are removed by age. A block range index can't find the oldest once removed rows' pages are used again: a range goes on
-- to hold the oldest time that it ever had. All operations of a transaction have one time, so that equal keys take little room.
-- On a large table this takes long, and no write is recorded meanwhile: build the index beforehand, by the same name, with
-- CREATE INDEX CONCURRENTLY.
CREATE INDEX IF NOT EXISTS write_operations_age ON write_operations (ended_at);
DROP INDEX IF EXISTS write_operations_ended_at;
