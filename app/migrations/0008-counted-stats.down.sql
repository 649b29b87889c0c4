-- As in 0003. The counts stay, as the triggers still keep them.
CREATE OR REPLACE FUNCTION get_dataset_stats(p_dataset_id bigint)
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
