DROP TABLE idempotency_keys, metrics, anomalies, models, dataset_records, dataset_features, datasets, user_sessions,
  api_keys, users;
DROP DOMAIN finite_vector;
DROP DOMAIN finite;
