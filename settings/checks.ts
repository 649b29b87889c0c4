import type { z } from "zod";
import type { Problem } from "../sizing/problem";
import { bytes, cpuMillis } from "../sizing/units";
import type { fields } from "./fields";
import { SHORTEST_WINDOW_MINUTES } from "./windows";

/** The keys that are right by themselves, with their values; a key that is wrong is absent. */
export type Checked = { [K in keyof typeof fields]?: z.output<(typeof fields)[K]["schema"]> };

const MINUTES_PER_DAY = 24 * 60;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** CloudFront takes certificates from this region alone (CloudFront, "Requirements for using SSL/TLS certificates"). */
const CDN_CERTIFICATE_REGION = "us-east-1";

/** RDS takes a limit of storage autoscaling that is at least 10 % above the storage (Amazon RDS, "Storage autoscaling"). */
const LEAST_GROWTH = 1.1;

/** The checks that need more than one key. Each is made only when all the keys that it needs are right by themselves. */
export function crossFieldProblems(c: Checked): Problem[] {
  const problems: Problem[] = [];
  const expect = (holds: boolean, key: keyof Checked, allowed: string) => {
    if (!holds) {
      const value = c[key];
      problems.push({ key, found: value === undefined ? "nothing" : JSON.stringify(value), allowed });
    }
    return holds;
  };
  const atMost = (low: keyof Checked, high: keyof Checked, measure: (value: never) => number = (v) => v as number) => {
    if (c[low] !== undefined && c[high] !== undefined) {
      expect(measure(c[low] as never) <= measure(c[high] as never), low, `at most ${high}, which is ${c[high]}`);
    }
  };

  let zonesHold = c.availabilityZones !== undefined;
  if (c.availabilityZones && c.region && c.environment) {
    const fewest = c.environment === "production" ? 3 : 2;
    zonesHold = expect(
      c.availabilityZones.length >= fewest &&
        c.availabilityZones.length <= 6 &&
        c.availabilityZones.every((zone) => zone.slice(0, -1) === c.region),
      "availabilityZones",
      `${fewest} to 6 zones of ${c.region} (${c.environment})`,
    );
  }
  if (zonesHold && c.availabilityZones && c.databaseReplicaZones) {
    expect(
      c.databaseReplicaZones.every((zone) => c.availabilityZones?.includes(zone)),
      "databaseReplicaZones",
      `zones out of ${c.availabilityZones.join(", ")}`,
    );
  }
  if (c.databaseStorageGib !== undefined && c.databaseMaxStorageGib !== undefined) {
    const least = Math.ceil(c.databaseStorageGib * LEAST_GROWTH);
    expect(
      c.databaseMaxStorageGib >= least,
      "databaseMaxStorageGib",
      `${least} or more: a tenth above databaseStorageGib`,
    );
  }
  atMost("systemNodeMin", "systemNodeMax");
  atMost("computeNodeMin", "computeNodeMax");
  atMost("apiMinReplicas", "apiMaxReplicas");
  atMost("apiCpuRequest", "apiCpuLimit", cpuMillis as (value: never) => number);
  atMost("apiMemoryRequest", "apiMemoryLimit", bytes as (value: never) => number);

  if (c.clusterAdminRoleArns && c.clusterViewerRoleArns) {
    // A role has one access entry in a cluster (Amazon EKS API Reference, CreateAccessEntry: principalArn).
    const admins = new Set(c.clusterAdminRoleArns);
    expect(
      c.clusterViewerRoleArns.every((role) => !admins.has(role)),
      "clusterViewerRoleArns",
      "roles that are not among clusterAdminRoleArns, who see everything anyhow",
    );
  }
  if (c.environment === "production" && "domainName" in c) {
    expect(c.domainName !== undefined, "domainName", "a host name, so that production is served over HTTPS");
  }
  if (c.environment === "production" && c.cacheReplicas !== undefined) {
    expect(c.cacheReplicas >= 1, "cacheReplicas", "at least 1 in production, so that the cache can fail over");
  }
  if (c.domainName !== undefined && "hostedZoneId" in c && "certificateArn" in c) {
    expect(
      c.hostedZoneId !== undefined || c.certificateArn !== undefined,
      "hostedZoneId",
      "a hosted zone for the domain, or a certificateArn",
    );
  }
  if (c.environment === "development" && "domainName" in c && c.domainName === undefined) {
    expect(c.hostedZoneId === undefined, "hostedZoneId", "none without a domainName");
    expect(c.certificateArn === undefined, "certificateArn", "none without a domainName");
    expect(c.cdn !== true, "cdn", "false without a domainName");
  }
  if (c.cdn === false && c.loadTestAddresses) {
    const reached = c.loadTestAddresses.every((range) => !range.includes(":"));
    expect(reached, "loadTestAddresses", "IPv4 ranges: without cdn, the API has no IPv6 address to be reached at");
  }
  if (c.cdn && c.region && "hostedZoneId" in c) {
    expect(
      c.region === CDN_CERTIFICATE_REGION || c.hostedZoneId !== undefined,
      "hostedZoneId",
      `a hosted zone: with cdn, CloudFront needs a certificate in ${CDN_CERTIFICATE_REGION} beside the one in ${c.region}`,
    );
  }
  if (c.certificateArn !== undefined && c.region) {
    expect(c.certificateArn.split(":")[3] === c.region, "certificateArn", `a certificate in ${c.region}`);
  }

  windows("databaseBackupWindow", "databaseMaintenanceWindow", SHORTEST_WINDOW_MINUTES.database);
  windows("cacheSnapshotWindow", "cacheMaintenanceWindow", SHORTEST_WINDOW_MINUTES.cache);
  return problems;

  function windows(
    dailyKey: "databaseBackupWindow" | "cacheSnapshotWindow",
    weeklyKey: "databaseMaintenanceWindow" | "cacheMaintenanceWindow",
    shortest: number,
  ) {
    const daily = c[dailyKey];
    const weekly = c[weeklyKey];
    if (daily === undefined || weekly === undefined) {
      return;
    }
    const [dailyStart, dailyLength] = minutes(daily, MINUTES_PER_DAY);
    const [weeklyStart, weeklyLength] = minutes(weekly, DAYS.length * MINUTES_PER_DAY);
    expect(dailyLength >= shortest, dailyKey, `a window of ${shortest} minutes or more`);
    expect(weeklyLength >= shortest, weeklyKey, `a window of ${shortest} minutes or more`);
    const gap = (((weeklyStart - dailyStart) % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
    expect(
      gap >= dailyLength && gap + weeklyLength <= MINUTES_PER_DAY,
      weeklyKey,
      `a window apart from ${dailyKey}, which is ${daily}`,
    );
  }
}

/** Start and length in minutes of `hh:mm-hh:mm` or `ddd:hh:mm-ddd:hh:mm`, around a cycle. */
function minutes(window: string, cycle: number): [start: number, length: number] {
  const [start = 0, end = 0] = window.split("-").map((moment) => {
    const parts = moment.split(":");
    const [hour = 0, minute = 0] = parts.slice(-2).map(Number);
    return (parts.length === 3 ? DAYS.indexOf(parts[0] ?? "") * MINUTES_PER_DAY : 0) + hour * 60 + minute;
  });
  return [start, (end - start + cycle) % cycle];
}
