-- What was there before the triggers of 0011, as 0008 adds the records that were there before those of 0007: of the
-- anomalies that this statement sees, those are missing in the counts that it sees.
INSERT INTO anomaly_counts (model_id, dataset_id, anomaly_count)
SELECT model_id, dataset_id, sum(anomalies)
FROM (
  SELECT model_id, dataset_id, count(*) AS anomalies FROM anomalies GROUP BY model_id, dataset_id
  UNION ALL
  SELECT model_id, dataset_id, -anomaly_count FROM anomaly_counts
) missing
GROUP BY model_id, dataset_id HAVING sum(anomalies) <> 0;
