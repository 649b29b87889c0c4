-- wrk's half of the benchmark. Arguments after "--": the kind of work, a session token, and the number of the first key.
-- Prints one JSON line with the counts and the percentiles, in microseconds.

local thread_count = 0

function setup(thread)
  thread:set("id", thread_count)
  thread_count = thread_count + 1
end

local list = "/api/v1/anomalies?limit=100&offset=0"
local headers = {}
local kind, key

function init(args)
  kind = args[1]
  headers["Authorization"] = "Bearer " .. args[2]
  key = tonumber(args[3]) + id
  if kind == "cached-gzip" then headers["Accept-Encoding"] = "gzip" end
  if kind == "predictions" then headers["Content-Type"] = "application/json" end
  local path = kind == "health" and "/health" or list
  constant = wrk.format("GET", path, headers)
end

-- Every page once: the first 200 offsets of 200 models. PostgreSQL walks over the rows that an offset skips, for every
-- server alike; far ones would measure that.
local function uncached()
  local model = key % 200 + 1
  local offset = math.floor(key / 200) % 200
  key = key + 2
  return wrk.format("GET", "/api/v1/anomalies?limit=100&offset=" .. offset .. "&model_id=" .. model, headers)
end

-- 32 rows of 8 features near the middle of the training data; the key makes each row new, so that none is in a cache.
local function predictions()
  local rows = {}
  local new = key % 1000000 / 1e7
  key = key + 2
  for row = 1, 32 do
    rows[row] = string.format("[%.7f,0.1,-0.2,0.3,-0.1,0.2,-0.3,%.2f]", new + row / 100, row / 100)
  end
  return wrk.format("POST", "/api/v1/models/1/predictions", headers, '{"rows":[' .. table.concat(rows, ",") .. "]}")
end

function request()
  if kind == "uncached" then return uncached() end
  if kind == "predictions" then return predictions() end
  return constant
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"p50":%d,"p95":%d,"p99":%d,"failed":%d}\n',
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(95), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
