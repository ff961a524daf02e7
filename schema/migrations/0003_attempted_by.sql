-- Whose the last attempt is, while it may still be under way: the key of the advisory lock that each connection of that
-- process holds. NULL: nobody's.
ALTER TABLE write_partitions ADD COLUMN attempted_by integer;
