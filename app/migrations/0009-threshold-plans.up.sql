-- As in 0003, planned for each threshold. As a part of a prepared statement it gets one plan for all of them, which
-- walks anomalies by time: of a rare severity that is nearly all of them, 300 ms of 1,000,000, where the index of
-- severities takes less than 1 (bench/database).
CREATE OR REPLACE FUNCTION get_anomalies_by_threshold(p_threshold double precision, p_limit integer DEFAULT 100)
RETURNS TABLE (id bigint, "timestamp" timestamptz, value double precision, severity double precision)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT a.id, a.timestamp, a.value::double precision, a.severity
    FROM anomalies a
    WHERE a.severity >= p_threshold
    ORDER BY a.timestamp DESC, a.id DESC
    LIMIT p_limit;
END
$$;
