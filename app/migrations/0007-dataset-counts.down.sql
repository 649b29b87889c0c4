DROP TRIGGER count_truncated ON dataset_records;
DROP TRIGGER count_removed ON dataset_records;
DROP TRIGGER count_changed ON dataset_records;
DROP TRIGGER count_added ON dataset_records;
DROP FUNCTION count_dataset_records();
DROP FUNCTION add_to_dataset_counts(bigint, bigint, bigint, timestamptz);
DROP TABLE dataset_counts;
