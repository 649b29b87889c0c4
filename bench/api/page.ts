/** The first page of the list, with 100 anomalies. */
export const LIST = "/api/v1/anomalies?limit=100&offset=0";

/**
 * Asks a server for the page.
 *
 * @throws Error with what it answered in its place
 */
export async function listPage(port: number, token: string): Promise<Buffer> {
  const response = await fetch(`http://127.0.0.1:${port}${LIST}`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the list is answered with ${response.status}: ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}
