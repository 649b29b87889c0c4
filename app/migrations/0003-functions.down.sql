DROP FUNCTION get_anomalies_by_threshold(double precision, integer);
DROP FUNCTION get_dataset_stats(bigint);
