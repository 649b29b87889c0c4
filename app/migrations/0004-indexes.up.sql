-- no transaction
-- The guide's indexes (Database Index Optimization), under its names. Those that a list is read in the order of end in
-- id: rows of the same time have an order then, and a cursor neither repeats nor skips one.
CREATE INDEX CONCURRENTLY idx_anomalies_timestamp ON anomalies (timestamp DESC, id DESC);
CREATE INDEX CONCURRENTLY idx_anomalies_model_timestamp ON anomalies (model_id, timestamp DESC, id DESC);
CREATE INDEX CONCURRENTLY idx_anomalies_severity ON anomalies (severity, timestamp DESC) WHERE severity > 0.5;
CREATE INDEX CONCURRENTLY idx_anomalies_composite ON anomalies (model_id, timestamp DESC, severity DESC);
CREATE INDEX CONCURRENTLY idx_anomalies_active ON anomalies (id, timestamp) WHERE status = 'active';
CREATE INDEX CONCURRENTLY idx_datasets_created ON datasets (created_at DESC, id DESC);
CREATE INDEX CONCURRENTLY idx_datasets_status ON datasets (status, created_at DESC, id DESC);
CREATE INDEX CONCURRENTLY idx_datasets_name_trgm ON datasets USING gin (name gin_trgm_ops);
CREATE INDEX CONCURRENTLY idx_models_algorithm ON models (algorithm_name, created_at DESC, id DESC);
-- A model whose accuracy was not measured is no best one: DESC alone would put NULL first.
CREATE INDEX CONCURRENTLY idx_models_performance ON models (accuracy DESC NULLS LAST, created_at DESC, id DESC);
CREATE INDEX CONCURRENTLY idx_user_sessions_active ON user_sessions (user_id, last_activity DESC, id DESC) WHERE is_active;
CREATE INDEX CONCURRENTLY idx_metrics_timestamp ON metrics (timestamp DESC, metric_name);
CREATE INDEX CONCURRENTLY idx_metrics_rollup ON metrics (metric_name, timestamp DESC) WHERE granularity = 'hour';

-- Beside the guide's: a foreign key without an index has its whole table read when the row it points to is deleted.
CREATE INDEX CONCURRENTLY idx_anomalies_dataset_timestamp ON anomalies (dataset_id, timestamp DESC, id DESC);
-- A model and a dataset that have nothing in common: without it, all rows of one of them are read to find none.
CREATE INDEX CONCURRENTLY idx_anomalies_model_dataset_timestamp
  ON anomalies (model_id, dataset_id, timestamp DESC, id DESC);
CREATE INDEX CONCURRENTLY idx_dataset_records_dataset ON dataset_records (dataset_id, timestamp DESC, id DESC);
CREATE INDEX CONCURRENTLY idx_api_keys_user ON api_keys (user_id);
CREATE INDEX CONCURRENTLY idx_user_sessions_user ON user_sessions (user_id);
CREATE INDEX CONCURRENTLY idx_user_sessions_api_key ON user_sessions (api_key_id);
-- Old keys and sessions are deleted by age.
CREATE INDEX CONCURRENTLY idx_user_sessions_expires ON user_sessions (expires_at);
CREATE INDEX CONCURRENTLY idx_idempotency_keys_created ON idempotency_keys (created_at);

-- The planner knows the new indexes' columns at once.
ANALYZE anomalies, datasets, dataset_records, models, user_sessions, metrics;
