-- To count a dataset's records is to read them all: 1,000,000 take some 20 times the 10 ms that a query may
-- (bench/database). So each statement that changes records adds what it changed to a row of counts, and the statistics
-- add those rows up.

-- Whoever changes a dataset's records takes a row that nobody else holds, so that uploads do not wait for each other: a
-- dataset has about as many rows as it ever had uploads at the same time. Half of each page is left for new versions of
-- its rows, which need no new entry in an index then.
CREATE TABLE dataset_counts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
  record_count bigint NOT NULL,
  anomaly_count bigint NOT NULL,
  last_updated timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX idx_dataset_counts_dataset ON dataset_counts (dataset_id);

CREATE FUNCTION add_to_dataset_counts(p_dataset_id bigint, p_records bigint, p_anomalies bigint, p_at timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE dataset_counts
  SET record_count = record_count + p_records,
      anomaly_count = anomaly_count + p_anomalies,
      last_updated = greatest(last_updated, p_at)
  WHERE id = (SELECT id FROM dataset_counts WHERE dataset_id = p_dataset_id LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO dataset_counts (dataset_id, record_count, anomaly_count, last_updated)
    VALUES (p_dataset_id, p_records, p_anomalies, p_at);
  END IF;
END
$$;

-- Rows of a dataset that is being deleted are not counted off: its counts go with it.
CREATE FUNCTION count_dataset_records()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM dataset_counts;
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    PERFORM add_to_dataset_counts(dataset_id, -count(*), -count(*) FILTER (WHERE is_anomaly), now())
    FROM removed JOIN datasets ON datasets.id = dataset_id GROUP BY dataset_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM add_to_dataset_counts(dataset_id, count(*), count(*) FILTER (WHERE is_anomaly), max(updated_at))
    FROM added GROUP BY dataset_id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER count_added AFTER INSERT ON dataset_records
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_dataset_records();
CREATE TRIGGER count_changed AFTER UPDATE ON dataset_records
  REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_dataset_records();
CREATE TRIGGER count_removed AFTER DELETE ON dataset_records
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_dataset_records();
CREATE TRIGGER count_truncated AFTER TRUNCATE ON dataset_records
  FOR EACH STATEMENT EXECUTE FUNCTION count_dataset_records();
