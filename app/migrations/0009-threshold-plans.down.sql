-- As in 0003.
CREATE OR REPLACE FUNCTION get_anomalies_by_threshold(p_threshold double precision, p_limit integer DEFAULT 100)
RETURNS TABLE (id bigint, "timestamp" timestamptz, value double precision, severity double precision)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT a.id, a.timestamp, a.value, a.severity
  FROM anomalies a
  WHERE a.severity >= p_threshold
  ORDER BY a.timestamp DESC, a.id DESC
  LIMIT p_limit;
END;
