import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { edit, one, without } from "../../given";
import { CONTAINER_PATH, system, variablePath } from "../../system";

const balancer = one(T.LOAD_BALANCERS[0], { enableDeletionProtection: true });

/** What the rules about load balancers accept and refuse. */
export const loadBalancerCases: CaseTable = {
  "lb-delete-prot": {
    holds: [balancer()],
    breaks: [[balancer({ enableDeletionProtection: undefined }), /enableDeletionProtection is not set/]],
  },
  "keep-alive-order": {
    holds: [system(), edit(system(), "balancer", "idleTimeout", undefined), without(system(), "binding")],
    breaks: [
      // The guide's keep-alive of 30 s behind an idle time-out of 60 s.
      [
        edit(system(), "shop", variablePath("KEEP_ALIVE_TIMEOUT_SECONDS"), "30"),
        /idleTimeout of balancer is 60 s and KEEP_ALIVE_TIMEOUT_SECONDS is 30 s/,
      ],
      [
        edit(system(), "balancer", "idleTimeout", 30),
        /REQUEST_TIMEOUT_SECONDS is 30 s and idleTimeout of balancer is 30/,
      ],
      [
        edit(system(), "shop", variablePath("HEADERS_TIMEOUT_SECONDS"), "65"),
        /KEEP_ALIVE_TIMEOUT_SECONDS is 65 s and HEA/,
      ],
      [
        edit(system(), "shop", variablePath("STATEMENT_TIMEOUT_SECONDS"), "31"),
        /STATEMENT_TIMEOUT_SECONDS is 31 s and REQ/,
      ],
      [edit(system(), "shop", `${CONTAINER_PATH}.env`, []), /KEEP_ALIVE_TIMEOUT_SECONDS is not set/],
    ],
  },
};
