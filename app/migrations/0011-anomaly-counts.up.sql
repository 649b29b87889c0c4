-- To count all anomalies is to read an index of them all: 1,000,000 take some 7 times the 10 ms that a query may
-- (bench/database). So each statement that changes them adds what it changed to a row of counts, as 0007 does for records.

-- By model and dataset, so that one table has the totals of either, of both and of all; a prediction's anomalies are all
-- of one model and dataset. Whoever changes a count takes a row that nobody else holds, so that none waits for another.
CREATE TABLE anomaly_counts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model_id integer NOT NULL REFERENCES models ON DELETE CASCADE,
  -- NULL: of no dataset.
  dataset_id bigint REFERENCES datasets ON DELETE CASCADE,
  anomaly_count bigint NOT NULL
) WITH (fillfactor = 50);
-- NULL equals nothing; no dataset has the id 0.
CREATE INDEX idx_anomaly_counts_model_dataset ON anomaly_counts (model_id, coalesce(dataset_id, 0));
CREATE INDEX idx_anomaly_counts_dataset ON anomaly_counts (dataset_id);

CREATE FUNCTION add_to_anomaly_counts(p_model_id integer, p_dataset_id bigint, p_anomalies bigint)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE anomaly_counts
  SET anomaly_count = anomaly_count + p_anomalies
  WHERE id = (
    SELECT id FROM anomaly_counts
    WHERE model_id = p_model_id AND coalesce(dataset_id, 0) = coalesce(p_dataset_id, 0)
    LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO anomaly_counts (model_id, dataset_id, anomaly_count) VALUES (p_model_id, p_dataset_id, p_anomalies);
  END IF;
END
$$;

-- An update that leaves models and datasets as they are writes nothing. The counts of a dataset that is being deleted go
-- with it: its anomalies are not counted off, but as anomalies of no dataset.
CREATE FUNCTION count_anomalies()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM anomaly_counts;
  ELSIF TG_OP = 'INSERT' THEN
    PERFORM add_to_anomaly_counts(model_id, dataset_id, count(*)) FROM added GROUP BY model_id, dataset_id;
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM add_to_anomaly_counts(model_id, dataset_id, -count(*)) FROM removed GROUP BY model_id, dataset_id;
  ELSE
    PERFORM add_to_anomaly_counts(model_id, dataset_id, sum(change)::bigint)
    FROM (
      SELECT model_id, dataset_id, 1 AS change FROM added
      UNION ALL
      SELECT model_id, dataset_id, -1 FROM removed
      WHERE dataset_id IS NULL OR EXISTS (SELECT FROM datasets WHERE datasets.id = dataset_id)
    ) changes
    GROUP BY model_id, dataset_id HAVING sum(change) <> 0;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER count_added AFTER INSERT ON anomalies
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_anomalies();
CREATE TRIGGER count_changed AFTER UPDATE ON anomalies
  REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_anomalies();
CREATE TRIGGER count_removed AFTER DELETE ON anomalies
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_anomalies();
CREATE TRIGGER count_truncated AFTER TRUNCATE ON anomalies
  FOR EACH STATEMENT EXECUTE FUNCTION count_anomalies();
