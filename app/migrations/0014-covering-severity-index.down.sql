-- no transaction
-- As in 0004.
CREATE INDEX CONCURRENTLY idx_anomalies_severity_last ON anomalies (severity, timestamp DESC) WHERE severity > 0.5;
DROP INDEX CONCURRENTLY IF EXISTS idx_anomalies_severity;
ALTER INDEX IF EXISTS idx_anomalies_severity_last RENAME TO idx_anomalies_severity;
