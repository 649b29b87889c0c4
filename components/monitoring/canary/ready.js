/**
 * The canary's script: asks whether the service is ready, as a client would. CloudWatch Synthetics runs it as it is, in
 * Node 22; a throw is a failed run. `degraded` is ready: the service answers.
 */
const TRIES = 3;
const TIMEOUT_MS = 10_000;
const { READY_URL, PAUSE_MS } = process.env;

async function ask() {
  const response = await fetch(READY_URL, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${body.slice(0, 500)}`);
  return body;
}

exports.handler = async () => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      // fetch() says only that it failed; its cause says why.
      console.error(`try ${tries} of ${TRIES}: ${error.message}${error.cause ? `: ${error.cause.message}` : ""}`);
      if (tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, Number(PAUSE_MS)));
    }
  }
};
