/** What the service, its cluster objects and its database agree on. */
export const SERVICE = Object.freeze({
  /** Name of the Deployment, Service and service account, and value of the label `app`; guide, Kubernetes. */
  name: "pynomaly-api",
  /** Kubernetes namespace; guide, Kubernetes. */
  namespace: "pynomaly",
  /** Port the API listens on; guide, Kubernetes: containerPort. */
  port: 8000,
  /** Port of the metrics endpoint, apart from {@link SERVICE.port} so that the load balancer never reaches it. */
  metricsPort: 9000,
  /** Liveness: the process answers; guide, Kubernetes. Touches no dependency. */
  livenessPath: "/health",
  /** Readiness: the process can serve; guide, Kubernetes. Also the load balancer's health check. */
  readinessPath: "/ready",
  /** Name of the PostgreSQL database. */
  databaseName: "pynomaly",
  /** User and group of the container, above 10000 so that it never collides with one of the host. */
  uid: 10_001,
});
