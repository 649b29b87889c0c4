-- no transaction
-- As in 0004.
CREATE INDEX CONCURRENTLY idx_datasets_name_trgm_last ON datasets USING gin (name gin_trgm_ops);
DROP INDEX CONCURRENTLY IF EXISTS idx_datasets_name_trgm;
ALTER INDEX IF EXISTS idx_datasets_name_trgm_last RENAME TO idx_datasets_name_trgm;
