import { isReplica } from "../../framework/database";
import { found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { KMS_KEY, RDS_INSTANCE, REPLICATION_GROUP } from "../../framework/types";

export const prodProtect = resourceRule({
  id: "prod-protect",
  title: "Pulumi refuses to delete resources that hold data, and the keys to them",
  severity: "high",
  reason: "A rename or a wrong target deletes a database as readily as a tag; data behind a deleted key is lost too.",
  example: "the option protect is not set",
  remedy: "register the resource with protect: true; read replicas are exempt",
  types: [RDS_INSTANCE, REPLICATION_GROUP, KMS_KEY],
  *check(resource) {
    if (!resource.protect && !(resource.type === RDS_INSTANCE && isReplica(resource))) {
      yield found("the option protect is not set");
    }
  },
});
