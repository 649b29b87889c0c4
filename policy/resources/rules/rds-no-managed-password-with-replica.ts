import { replicasOf, writers } from "../../framework/database";
import { each, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";

export const rdsNoManagedPasswordWithReplica = stackRule({
  id: "rds-no-managed-password-with-replica",
  title: "A PostgreSQL database with read replicas keeps its master password in a secret of the stack's own",
  severity: "high",
  reason:
    "RDS refuses read replicas, and blue/green updates, of a PostgreSQL instance whose master password it manages itself.",
  example: "manageMasterUserPassword is true and orders-b, orders-c replicates it",
  remedy: "unset manageMasterUserPassword and take the password from a secret of the stack's own, with rotation",
  *check(stack) {
    yield* each(writers(stack), function* (writer) {
      const replicas = replicasOf(stack, writer);
      if (replicas.length > 0 && writer.props.at("manageMasterUserPassword").boolean() === true) {
        yield found(
          `manageMasterUserPassword is true and ${replicas.map(({ name }) => name).join(", ")} replicates it`,
          writer,
        );
      }
    });
  },
});
