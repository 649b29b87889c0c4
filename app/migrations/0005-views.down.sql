DROP MATERIALIZED VIEW mv_dataset_summary, mv_model_performance, mv_recent_anomalies;
