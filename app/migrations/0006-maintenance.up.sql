-- What maintenance does to rows and indexes that are not its own. Each function runs as the schema's owner and does one
-- thing, so that the role which calls it need not be allowed to delete a row or drop an index. The migration Job lets it
-- call them.

-- Deletes what nobody needs any more, at most p_limit rows of each table: anomalies and metrics older than some days
-- (NULL: they are kept for ever), sessions that have expired, idempotency keys that are unknown again (24 hours,
-- src/http/idempotency.ts). A call is a transaction, so none is long; it is repeated until it deletes nothing. Rows
-- that others hold are left to the next call.
CREATE FUNCTION delete_expired(p_anomaly_days integer, p_metric_days integer, p_limit integer DEFAULT 10000)
RETURNS TABLE (anomalies bigint, metrics bigint, user_sessions bigint, idempotency_keys bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF p_anomaly_days < 1 OR p_metric_days < 1 OR p_limit < 1 THEN
    RAISE 'days and limit are at least 1' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  DELETE FROM anomalies WHERE id IN (
    SELECT id FROM anomalies WHERE timestamp < now() - make_interval(days => p_anomaly_days)
    ORDER BY timestamp LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS anomalies = ROW_COUNT;

  DELETE FROM metrics WHERE id IN (
    SELECT id FROM metrics WHERE timestamp < now() - make_interval(days => p_metric_days)
    ORDER BY timestamp LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS metrics = ROW_COUNT;

  DELETE FROM user_sessions WHERE id IN (
    SELECT id FROM user_sessions WHERE expires_at < now()
    ORDER BY expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS user_sessions = ROW_COUNT;

  DELETE FROM idempotency_keys WHERE (user_id, key) IN (
    SELECT user_id, key FROM idempotency_keys WHERE created_at < now() - interval '24 hours'
    ORDER BY created_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS idempotency_keys = ROW_COUNT;

  RETURN NEXT;
END
$$;

-- Drops indexes that a REINDEX or CREATE INDEX CONCURRENTLY left invalid when it was ended: they cost every write and
-- serve no read, and only the owner may drop them. The answer is their names. One that is under way, or whose table is
-- in use for longer than a second, is left.
CREATE FUNCTION drop_invalid_indexes()
RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s'
AS $$
DECLARE
  name text;
BEGIN
  FOR name IN
    SELECT indexrelid::regclass FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE NOT indisvalid AND relnamespace = 'public'::regnamespace
  LOOP
    BEGIN
      EXECUTE 'DROP INDEX ' || name;
      RETURN NEXT name;
    EXCEPTION WHEN lock_not_available OR undefined_object THEN
      CONTINUE;
    END;
  END LOOP;
END
$$;

-- Begins the statistics of this database's statements anew. The guide updates the view, which cannot be updated. The
-- body is text: one that is bound to the extension's function would keep the extension from being updated.
CREATE FUNCTION reset_statement_statistics()
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  PERFORM pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database();
END
$$;

REVOKE EXECUTE ON FUNCTION delete_expired(integer, integer, integer), drop_invalid_indexes(),
  reset_statement_statistics() FROM PUBLIC;
