import { cacheNodeTypes, databaseClassNames, ec2InstanceTypes } from "../../sizing/instances";
import { type Prices, priceKey } from "../../sizing/prices";

const each = (keys: readonly string[], price: number) => Object.fromEntries(keys.map((key) => [key, price]));

/** Prices for tests. They are made up: no one pays them. */
export const MADE_UP_PRICES: Prices = {
  "us-east-1": {
    retrieved: "2026-11-23",
    published: {},
    prices: {
      ...each(
        ec2InstanceTypes.map((type) => priceKey("ec2", type)),
        0.25,
      ),
      ...each(
        databaseClassNames.map((name) => priceKey("rds", name, "single-az")),
        0.2,
      ),
      ...each(
        databaseClassNames.map((name) => priceKey("rds", name, "multi-az")),
        0.4,
      ),
      ...each(
        cacheNodeTypes.flatMap((type) => ["redis", "valkey"].map((engine) => priceKey("cache-node", engine, type))),
        0.1,
      ),
      [priceKey("ebs", "gp3")]: 0.1,
      [priceKey("rds-storage", "gp3", "single-az")]: 0.1,
      [priceKey("rds-storage", "gp3", "multi-az")]: 0.2,
      [priceKey("rds-proxy-vcpu")]: 0.01,
      [priceKey("nat-gateway")]: 0.05,
      [priceKey("public-ipv4")]: 0.01,
      [priceKey("interface-endpoint")]: 0.01,
      [priceKey("load-balancer", "application")]: 0.03,
      [priceKey("load-balancer", "network")]: 0.03,
      [priceKey("eks-cluster")]: 0.2,
      [priceKey("key")]: 2,
      [priceKey("secret")]: 0.5,
      [priceKey("web-acl")]: 4,
      [priceKey("web-acl-rule")]: 2,
      [priceKey("alarm")]: 0.2,
      [priceKey("composite-alarm")]: 0.4,
      [priceKey("dashboard")]: 2,
      [priceKey("canary")]: 0.002,
    },
  },
};
