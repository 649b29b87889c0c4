import { fileURLToPath } from "node:url";

/** Servers on this machine that the service runs with. */
export interface LocalServers {
  readonly databasePort: number;
  /** `file:` URL of the app role's credential, JSON with username and password. */
  readonly databaseSecret: string;
  readonly cachePort: number;
}

/** Every variable that the service needs, for this machine: the Api component's values where the machine does not differ. */
export function localEnvironment(servers: LocalServers): Record<string, string> {
  return {
    AWS_REGION: "us-east-1",
    LOG_LEVEL: "info",
    PORT: "8000",
    METRICS_PORT: "9000",
    WORKERS: "2",
    WORKER_CONNECTIONS: "1000",
    ALLOWED_HOSTS: "localhost,127.0.0.1",
    CORS_ORIGINS: "",
    TRUSTED_PROXIES: "0",
    MAX_HEADER_BYTES: "16384",
    MAX_BODY_BYTES: "104857600",
    KEEP_ALIVE_REQUESTS: "1000",
    GZIP_MIN_BYTES: "1000",
    GZIP_LEVEL: "6",
    RATE_REQUESTS_PER_SECOND: "10",
    RATE_BURST: "20",
    AUTH_RATE_REQUESTS_PER_SECOND: "5",
    AUTH_RATE_BURST: "5",
    DATABASE_NAME: "pynomaly",
    DATABASE_PORT: String(servers.databasePort),
    DATABASE_SECRET_ARN: servers.databaseSecret,
    DATABASE_TLS: "off",
    DATABASE_WRITER_HOST: "127.0.0.1",
    DATABASE_READER_HOSTS: "",
    DATABASE_WRITER_POOL_MAX: "10",
    DATABASE_READER_POOL_MAX: "10",
    DATABASE_POOL_IDLE_SECONDS: "300",
    CACHE_HOST: "127.0.0.1",
    CACHE_PORT: String(servers.cachePort),
    API_CACHE_SECONDS: "300",
    MODELS_LOCATION: fileURLToPath(new URL("../models", import.meta.url)),
    MODELS_MEMORY_BYTES: "268435456",
    STATEMENT_TIMEOUT_SECONDS: "25",
    REQUEST_TIMEOUT_SECONDS: "30",
    KEEP_ALIVE_TIMEOUT_SECONDS: "65",
    HEADERS_TIMEOUT_SECONDS: "66",
    SHUTDOWN_TIMEOUT_SECONDS: "30",
  };
}
