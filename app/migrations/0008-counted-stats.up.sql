-- What was there before the triggers of 0007. They were made when no transaction had records half written, and count in
-- the transaction of what they count: of the records that this statement sees, those are missing in the counts that it
-- sees. So nothing is locked, and uploads go on.
INSERT INTO dataset_counts (dataset_id, record_count, anomaly_count, last_updated)
SELECT dataset_id, found.records - coalesce(counted.records, 0), found.anomalies - coalesce(counted.anomalies, 0),
       found.last_updated
FROM (
  SELECT dataset_id, count(*) AS records, count(*) FILTER (WHERE is_anomaly) AS anomalies,
         max(updated_at) AS last_updated
  FROM dataset_records GROUP BY dataset_id
) found LEFT JOIN (
  SELECT dataset_id, sum(record_count) AS records, sum(anomaly_count) AS anomalies
  FROM dataset_counts GROUP BY dataset_id
) counted USING (dataset_id)
WHERE found.records <> coalesce(counted.records, 0);

-- As in 0003, from the counts. anomaly_rate is NULL while there is no record, last_updated while there never was one.
CREATE OR REPLACE FUNCTION get_dataset_stats(p_dataset_id bigint)
RETURNS TABLE (record_count bigint, feature_count integer, anomaly_rate double precision, last_updated timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(sum(c.record_count), 0)::bigint,
         (SELECT count(*)::integer FROM dataset_features f WHERE f.dataset_id = p_dataset_id),
         (sum(c.anomaly_count) / nullif(sum(c.record_count), 0))::double precision,
         max(c.last_updated)
  FROM dataset_counts c
  WHERE c.dataset_id = p_dataset_id;
END;
