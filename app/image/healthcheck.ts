/** The image's HEALTHCHECK: exit code 0 while the service answers /health, 1 otherwise. */
try {
  const { ok } = await fetch(`http://127.0.0.1:${process.env.PORT}/health`);
  process.exitCode = ok ? 0 : 1;
} catch {
  // It does not listen.
  process.exitCode = 1;
}
