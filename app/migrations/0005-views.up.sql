-- The guide's materialized views (Query Performance Optimization), for reports and dashboards. They are as old as their
-- last refresh, so the API, whose readers see their own writes, reads none of them. The unique index of each is what
-- REFRESH MATERIALIZED VIEW CONCURRENTLY needs, during which they can be read.

-- Without the guide's ORDER BY: a refresh keeps no order of rows. Its indexes have names and are made once; the guide's
-- are made again, under another name, by each run.
CREATE MATERIALIZED VIEW mv_recent_anomalies AS
SELECT id, timestamp, value, severity, model_id, dataset_id
FROM anomalies
WHERE timestamp >= now() - interval '7 days';
CREATE UNIQUE INDEX idx_mv_recent_anomalies_id ON mv_recent_anomalies (id);
CREATE INDEX idx_mv_recent_anomalies_timestamp ON mv_recent_anomalies (timestamp DESC, id DESC);
CREATE INDEX idx_mv_recent_anomalies_model_timestamp ON mv_recent_anomalies (model_id, timestamp DESC, id DESC);

-- The guide refreshes this one and the next without ever making them. Figures of a model without anomalies are NULL,
-- but for their number.
CREATE MATERIALIZED VIEW mv_model_performance AS
SELECT m.id AS model_id, m.name, m.version, m.accuracy,
       count(a.id) AS anomaly_count,
       avg(a.severity) AS mean_severity,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY a.severity) AS p95_severity,
       avg((a.status = 'resolved')::integer)::double precision AS resolved_share,
       max(a.timestamp) AS last_anomaly
FROM models m LEFT JOIN anomalies a ON a.model_id = m.id
GROUP BY m.id;
CREATE UNIQUE INDEX idx_mv_model_performance_model ON mv_model_performance (model_id);

CREATE MATERIALIZED VIEW mv_dataset_summary AS
SELECT d.id AS dataset_id, d.name, d.status, s.record_count, s.feature_count, s.anomaly_rate, s.last_updated
FROM datasets d, get_dataset_stats(d.id) s;
CREATE UNIQUE INDEX idx_mv_dataset_summary_dataset ON mv_dataset_summary (dataset_id);
