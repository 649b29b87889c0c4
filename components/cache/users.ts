import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Users and groups of the engine "redis" serve both engines, those of "valkey" serve Valkey only (ElastiCache User
 * Guide, "Role-Based Access Control"): with these, a change of engine keeps the users.
 */
const USER_ENGINE = "redis";

/**
 * What the service may run: reads, writes, transactions and scripts on its own keys, nothing of `@dangerous` (FLUSHALL,
 * KEYS, CONFIG, CLIENT KILL…) but INFO, which clients read to see that a node is ready.
 */
const APP_COMMANDS = "-@all +@read +@write +@connection +@transaction +eval +evalsha -@dangerous +info";

/** The service's user, and the group that admits it and nobody else. */
export interface CacheUsers {
  readonly app: aws.elasticache.User;
  readonly group: aws.elasticache.UserGroup;
}

/** Arguments of {@link cacheUsers}. */
export interface CacheUsersArgs {
  readonly identifier: string;
  readonly keyPrefix: string;
}

/** Role-based access: a disabled `default` user, which every group must have, and the service's user. */
export function cacheUsers(name: string, args: CacheUsersArgs, opts: pulumi.CustomResourceOptions): CacheUsers {
  const disabled = new aws.elasticache.User(
    `${name}-default`,
    {
      engine: USER_ENGINE,
      userId: `${args.identifier}-default`,
      userName: "default",
      accessString: "off -@all",
      // Not as an authentication mode, which is told as "no-password-required" and read back as "no-password": every
      // later preview would show a change (ElastiCache API, InputAuthenticationType and AuthenticationType).
      noPasswordRequired: true,
    },
    opts,
  );
  // A user who authenticates with IAM has one name for both (ElastiCache User Guide, "Authenticating with IAM").
  const appName = `${args.identifier}-app`;
  const app = new aws.elasticache.User(
    `${name}-app`,
    {
      engine: USER_ENGINE,
      userId: appName,
      userName: appName,
      accessString: `on ~${args.keyPrefix}:* ${APP_COMMANDS}`,
      authenticationMode: { type: "iam" },
    },
    opts,
  );
  const group = new aws.elasticache.UserGroup(
    name,
    { engine: USER_ENGINE, userGroupId: args.identifier, userIds: [disabled.userId, app.userId] },
    opts,
  );
  return { app, group };
}
