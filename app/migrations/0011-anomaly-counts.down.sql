DROP TRIGGER count_truncated ON anomalies;
DROP TRIGGER count_removed ON anomalies;
DROP TRIGGER count_changed ON anomalies;
DROP TRIGGER count_added ON anomalies;
DROP FUNCTION count_anomalies();
DROP FUNCTION add_to_anomaly_counts(integer, bigint, bigint);
DROP TABLE anomaly_counts;
