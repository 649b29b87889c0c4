import type { Sections } from "./sections";

/** Optimization Checklists. */
export const CHECKLISTS: Sections = {
  "Pre-Production Performance Checklist": [
    "PostgreSQL configuration optimized",
    "Indexes created for common queries",
    "Query performance analyzed",
    "Connection pooling configured",
    "Autovacuum settings tuned",
    "FastAPI with uvloop and httptools",
    "Async/await used throughout",
    "Connection pooling implemented",
    "Caching strategy implemented",
    "Response compression enabled",
    "Docker images optimized",
    "Kubernetes resources configured",
    "Load balancer configured",
    "Auto-scaling enabled",
    "CDN configured (if applicable)",
    "Performance metrics collected",
    "Alerts configured",
    "Dashboards created",
    "Log aggregation setup",
    "Distributed tracing enabled",
  ],
};
