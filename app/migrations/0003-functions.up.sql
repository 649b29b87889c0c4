-- Guide, Query Performance Optimization. There each figure scans the records once more, and the types of the columns
-- disagree with the query's; here one scan gives all. anomaly_rate and last_updated are NULL while there is no record.
CREATE FUNCTION get_dataset_stats(p_dataset_id bigint)
RETURNS TABLE (record_count bigint, feature_count integer, anomaly_rate double precision, last_updated timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT count(*),
         (SELECT count(*)::integer FROM dataset_features f WHERE f.dataset_id = p_dataset_id),
         avg(r.is_anomaly::integer)::double precision,
         max(r.updated_at)
  FROM dataset_records r
  WHERE r.dataset_id = p_dataset_id;
END;

-- Guide, Query Performance Optimization, with "timestamp" quoted, where it is a syntax error, and a total order.
CREATE FUNCTION get_anomalies_by_threshold(p_threshold double precision, p_limit integer DEFAULT 100)
RETURNS TABLE (id bigint, "timestamp" timestamptz, value double precision, severity double precision)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT a.id, a.timestamp, a.value, a.severity
  FROM anomalies a
  WHERE a.severity >= p_threshold
  ORDER BY a.timestamp DESC, a.id DESC
  LIMIT p_limit;
END;
