-- NaN and the infinities are not JSON. PostgreSQL sorts NaN above Infinity, so the upper bound keeps it out too.
CREATE DOMAIN finite AS double precision
  CHECK (VALUE > '-Infinity' AND VALUE < 'Infinity');

-- One row of features: not empty, one dimension, counted from 1, every number finite and there.
CREATE DOMAIN finite_vector AS double precision[]
  CHECK (CASE
    WHEN VALUE IS NULL THEN true
    WHEN array_ndims(VALUE) IS DISTINCT FROM 1 OR array_lower(VALUE, 1) <> 1 THEN false
    ELSE array_position(VALUE, NULL) IS NULL AND '-Infinity' < ALL (VALUE) AND 'Infinity' > ALL (VALUE)
  END);

CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  -- The part that is no secret, by which the row is found.
  prefix text NOT NULL UNIQUE,
  -- SHA-256: a key is 32 random bytes, which no dictionary holds, so a slow hash would add nothing.
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  scopes text[] NOT NULL CHECK (scopes <@ ARRAY['read', 'write'] AND cardinality(scopes) > 0),
  -- NULL: the service's own limits.
  requests_per_second integer CHECK (requests_per_second > 0),
  burst integer CHECK (burst > 0),
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz
);

CREATE TABLE user_sessions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  api_key_id bigint NOT NULL REFERENCES api_keys ON DELETE CASCADE,
  token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_activity timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  CHECK (expires_at > created_at)
);

CREATE TABLE datasets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '',
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE dataset_features (
  dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
  -- Place of the feature in dataset_records."values", counted from 1 as arrays are.
  position smallint NOT NULL CHECK (position > 0),
  feature_name text NOT NULL CHECK (length(feature_name) BETWEEN 1 AND 200),
  PRIMARY KEY (dataset_id, position),
  UNIQUE (dataset_id, feature_name)
);

CREATE TABLE dataset_records (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
  timestamp timestamptz NOT NULL CHECK (isfinite(timestamp)),
  values finite_vector NOT NULL,
  is_anomaly boolean NOT NULL DEFAULT false,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE models (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  version text NOT NULL CHECK (length(version) BETWEEN 1 AND 100),
  algorithm_name text NOT NULL CHECK (length(algorithm_name) BETWEEN 1 AND 100),
  -- NULL: not measured.
  accuracy double precision CHECK (accuracy BETWEEN 0 AND 1),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'retired')),
  -- A file's name alone: no path leads out of the folder that models lie in.
  artifact text NOT NULL CHECK (artifact ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'),
  -- What is loaded is what was registered.
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  feature_count integer NOT NULL CHECK (feature_count > 0),
  -- Scores from here on are anomalies.
  threshold double precision NOT NULL CHECK (threshold BETWEEN 0 AND 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (name, version)
);

CREATE TABLE anomalies (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  timestamp timestamptz NOT NULL CHECK (isfinite(timestamp)),
  value finite NOT NULL,
  severity double precision NOT NULL CHECK (severity BETWEEN 0 AND 1),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'acknowledged', 'resolved')),
  model_id integer NOT NULL REFERENCES models,
  -- NULL: found in rows that belong to no dataset. An anomaly outlives its dataset.
  dataset_id bigint REFERENCES datasets ON DELETE SET NULL,
  features finite_vector,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE metrics (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  timestamp timestamptz NOT NULL CHECK (isfinite(timestamp)),
  metric_name text NOT NULL CHECK (length(metric_name) BETWEEN 1 AND 200),
  granularity text NOT NULL CHECK (granularity IN ('minute', 'hour', 'day')),
  value finite NOT NULL
);

-- A request's answer, written in the transaction of what the request did: a retry gets it and does nothing again.
CREATE TABLE idempotency_keys (
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
  status smallint NOT NULL CHECK (status BETWEEN 200 AND 599),
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);
