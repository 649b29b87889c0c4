import { z } from "zod";
import { ec2Instance, ec2InstanceTypes } from "../sizing/instances";
import { LIMITS } from "../sizing/limits";
import { bytes, cpuMillis } from "../sizing/units";
import { string, type Words } from "./field";
import { SHORTEST_WINDOW_MINUTES } from "./windows";

/** Whether an amount can be read, and is one. */
export const readable = (parse: (text: string) => number) => (text: string) => {
  try {
    return parse(text) > 0;
  } catch {
    return false;
  }
};

/** An IPv4 range. */
export const cidr = z.cidrv4();
const isPrivate = (text: string) => /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.)/.test(text);
/** A range of private addresses (RFC 1918). */
export const privateCidr = cidr.refine(isPrivate);
const { ipv4, ipv6 } = LIMITS.uncountedPrefix;
/** A public range that is small enough to be one caller. */
export const smallPublicCidr = z
  .union([cidr, z.cidrv6()])
  .refine((text) => !isPrivate(text) && Number(text.split("/")[1]) >= (text.includes(":") ? ipv6 : ipv4));
/** Such ranges in words. */
export const SMALL_PUBLIC_CIDRS = `public ranges, IPv4 none larger than /${ipv4}, IPv6 none larger than /${ipv6}`;
/** What every service takes for a tag's value (AWS IAM API Reference, Tag; others take more). */
export const tagValue = z.string().regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u);
/** The same in words. */
export const TAG_VALUE = "a text of 1 to 256 letters, digits, spaces and _ . : / = + - @";
/** An availability zone. */
export const zoneName = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/);
const DAYS = "mon|tue|wed|thu|fri|sat|sun";
const CLOCK = "([01]\\d|2[0-3]):[0-5]\\d";
/** A time of every day, as RDS and ElastiCache write it. */
export const dailyWindow = z.string().regex(new RegExp(`^${CLOCK}-${CLOCK}$`));
/** A time of every week. */
export const weeklyWindow = z.string().regex(new RegExp(`^(${DAYS}):${CLOCK}-(${DAYS}):${CLOCK}$`));
/** An ARN; the resource is a pattern. */
export const arn = (service: string, resource: string) =>
  z.string().regex(new RegExp(`^arn:aws[a-z-]*:${service}:${resource}$`));

type Windowed = keyof typeof SHORTEST_WINDOW_MINUTES;
/** {@link dailyWindow} in words. */
export const daily = (of: Windowed) =>
  `a daily window in UTC of at least ${SHORTEST_WINDOW_MINUTES[of]} minutes, hh:mm-hh:mm`;
/** {@link weeklyWindow} in words. */
export const weekly = (of: Windowed) =>
  `a weekly window in UTC of at least ${SHORTEST_WINDOW_MINUTES[of]} minutes, ddd:hh:mm-ddd:hh:mm`;
/** An EC2 instance type that the catalogue knows. */
export const instanceType = (words: Omit<Words<string>, "allowed">) =>
  string(
    z.string().refine((type) => ec2Instance(type) !== undefined),
    { ...words, allowed: ec2InstanceTypes.join(", ") },
  );
/** An amount of CPU as Kubernetes writes it. */
export const cpu = (words: Omit<Words<string>, "allowed">) =>
  string(z.string().refine(readable(cpuMillis)), {
    ...words,
    allowed: 'CPU in Kubernetes\' form, such as "500m" or "2"',
  });
/** An amount of memory as Kubernetes writes it. */
export const memory = (words: Omit<Words<string>, "allowed">) =>
  string(z.string().refine(readable(bytes)), {
    ...words,
    allowed: 'memory in Kubernetes\' form, such as "512Mi" or "2Gi"',
  });
