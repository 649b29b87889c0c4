DROP TRIGGER uncount_truncated ON anomalies;
DROP TRIGGER uncount_removed ON anomalies;
DROP TRIGGER uncount_changed ON anomalies;
DROP TRIGGER uncount_added ON anomalies;
DROP FUNCTION uncount_anomaly_days();
DROP FUNCTION count_anomaly_days(integer);
DROP TABLE anomaly_days;
