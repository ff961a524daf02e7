-- When the stream was made whose sequence `last` is; NULL: not noted yet. In another stream of the same name sequences begin
-- at 1 again.
ALTER TABLE write_partitions ADD COLUMN stream_created text;
