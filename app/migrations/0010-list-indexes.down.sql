-- no transaction
-- As in 0004.
ALTER TABLE anomalies RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold);

CREATE INDEX CONCURRENTLY idx_anomalies_model_dataset_timestamp_last
  ON anomalies (model_id, dataset_id, timestamp DESC, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS idx_anomalies_model_dataset_timestamp;
ALTER INDEX IF EXISTS idx_anomalies_model_dataset_timestamp_last RENAME TO idx_anomalies_model_dataset_timestamp;

CREATE INDEX CONCURRENTLY idx_anomalies_dataset_timestamp_last ON anomalies (dataset_id, timestamp DESC, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS idx_anomalies_dataset_timestamp;
ALTER INDEX IF EXISTS idx_anomalies_dataset_timestamp_last RENAME TO idx_anomalies_dataset_timestamp;

CREATE INDEX CONCURRENTLY idx_anomalies_composite ON anomalies (model_id, timestamp DESC, severity DESC);
CREATE INDEX CONCURRENTLY idx_anomalies_model_timestamp_last ON anomalies (model_id, timestamp DESC, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS idx_anomalies_model_timestamp;
ALTER INDEX IF EXISTS idx_anomalies_model_timestamp_last RENAME TO idx_anomalies_model_timestamp;

CREATE INDEX CONCURRENTLY idx_anomalies_timestamp_last ON anomalies (timestamp DESC, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS idx_anomalies_timestamp;
ALTER INDEX IF EXISTS idx_anomalies_timestamp_last RENAME TO idx_anomalies_timestamp;
