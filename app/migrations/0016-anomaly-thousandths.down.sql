-- The functions as in 0013. No day is counted until the next maintenance.
LOCK TABLE anomalies IN SHARE ROW EXCLUSIVE MODE;
UPDATE anomaly_days SET at_least = NULL WHERE at_least IS NOT NULL;
ALTER TABLE anomaly_days DROP COLUMN from_thousandth;

CREATE OR REPLACE FUNCTION count_anomaly_days(p_limit integer DEFAULT 100)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  -- Two days after its end. Writers take the count of a day away from one day after its end on (below): in the day
  -- between, all transactions have ended that did not, and could not know that the day would be counted.
  last CONSTANT date := (clock_timestamp() AT TIME ZONE 'UTC')::date - 3;
  hundredths CONSTANT double precision[] := ARRAY(SELECT n / 100.0::double precision FROM generate_series(1, 100) n);
  uncounted date;
  counted integer := 0;
BEGIN
  IF p_limit < 1 THEN
    RAISE 'the limit is at least 1' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- What a writer committed before its row could be locked has to be seen after that.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE 'days are counted in a transaction that is read committed' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  FOR uncounted IN
    -- From day to day by the index of times.
    WITH RECURSIVE days AS (
      SELECT (min(timestamp) AT TIME ZONE 'UTC')::date AS day FROM anomalies
      UNION ALL
      SELECT (
        SELECT (min(timestamp) AT TIME ZONE 'UTC')::date FROM anomalies
        WHERE timestamp >= (days.day + 1)::timestamp AT TIME ZONE 'UTC')
      FROM days WHERE days.day < last
    )
    SELECT days.day FROM days LEFT JOIN anomaly_days USING (day)
    WHERE days.day <= last AND at_least IS NULL ORDER BY days.day LIMIT p_limit
  LOOP
    INSERT INTO anomaly_days (day) VALUES (uncounted) ON CONFLICT (day) DO NOTHING;
    PERFORM FROM anomaly_days WHERE day = uncounted FOR UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    UPDATE anomaly_days SET at_least = (
      SELECT array_agg(anomalies ORDER BY hundredth)
      FROM (
        SELECT hundredth, (sum(coalesce(anomalies, 0)) OVER (ORDER BY hundredth DESC))::integer AS anomalies
        FROM generate_series(0, 100) AS hundredth
        LEFT JOIN (
          SELECT width_bucket(severity, hundredths) AS hundredth, count(*) AS anomalies FROM anomalies
          WHERE timestamp >= uncounted::timestamp AT TIME ZONE 'UTC'
            AND timestamp < (uncounted + 1)::timestamp AT TIME ZONE 'UTC'
          GROUP BY 1
        ) steps USING (hundredth)
      ) sums)
    WHERE day = uncounted;
    counted := counted + 1;
  END LOOP;
  -- Days whose anomalies have all been deleted.
  DELETE FROM anomaly_days WHERE day IN (
    SELECT day FROM anomaly_days
    WHERE at_least IS NULL AND NOT EXISTS (
      SELECT FROM anomalies
      WHERE timestamp >= day::timestamp AT TIME ZONE 'UTC' AND timestamp < (day + 1)::timestamp AT TIME ZONE 'UTC')
    FOR UPDATE SKIP LOCKED);
  RETURN counted;
END
$$;

CREATE OR REPLACE FUNCTION uncount_anomaly_days()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  old CONSTANT timestamptz := (date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') - interval '1 day') AT TIME ZONE 'UTC';
  days date[];
  changed date;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM anomaly_days;
    RETURN NULL;
  ELSIF TG_OP = 'INSERT' THEN
    days := ARRAY(SELECT DISTINCT (timestamp AT TIME ZONE 'UTC')::date FROM added WHERE timestamp < old ORDER BY 1);
  ELSIF TG_OP = 'DELETE' THEN
    days := ARRAY(SELECT DISTINCT (timestamp AT TIME ZONE 'UTC')::date FROM removed WHERE timestamp < old ORDER BY 1);
  ELSE
    -- An update that leaves times and severities as they are changes no count.
    days := ARRAY(
      SELECT DISTINCT (timestamp AT TIME ZONE 'UTC')::date
      FROM (
        SELECT timestamp, severity, 1 AS change FROM added
        UNION ALL
        SELECT timestamp, severity, -1 FROM removed
      ) changes
      WHERE timestamp < old GROUP BY timestamp, severity HAVING sum(change) <> 0
      ORDER BY 1);
  END IF;
  FOREACH changed IN ARRAY days LOOP
    PERFORM FROM anomaly_days WHERE day = changed AND at_least IS NULL FOR SHARE;
    IF NOT FOUND THEN
      INSERT INTO anomaly_days (day) VALUES (changed) ON CONFLICT (day) DO UPDATE SET at_least = NULL;
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;
