/** The least that a production stack sets. */
export const PRODUCTION: Readonly<Record<string, string>> = {
  accountId: "123456789012",
  domainName: "api.pynomaly.com",
  hostedZoneId: "Z0123456789EXAMPLE",
  clusterAdminRoleArns: '["arn:aws:iam::123456789012:role/platform-admin"]',
};
