import type { Sections } from "./sections";

/** Overview. */
export const OVERVIEW: Sections = {
  "Performance Targets": [
    "api_response_time.p50: < 50ms",
    "api_response_time.p95: < 100ms",
    "api_response_time.p99: < 250ms",
    "throughput.requests_per_second: > 1,000",
    "throughput.concurrent_users: > 10,000",
    "database.query_response_time: < 10ms",
    "database.connection_pool_utilization: < 80%",
    "memory_usage.application: < 2GB per instance",
    "memory_usage.database: < 8GB",
    "memory_usage.redis: < 1GB",
    "cpu_utilization.average: < 70%",
    "cpu_utilization.peak: < 90%",
    "availability.uptime: > 99.9%",
    "availability.mttr: < 15 minutes",
  ],
  "Performance Architecture": [
    "Load Balancer (Nginx/ALB/CloudFlare)",
    "API Node1",
    "API Node2",
    "API Node3",
    "Redis Node1",
    "Redis Node2",
    "Redis Node3",
    "PostgreSQL (Primary + Read Replicas)",
  ],
};
