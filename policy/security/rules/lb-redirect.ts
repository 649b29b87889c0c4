import { each, found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { LISTENERS } from "../../framework/types";

export const lbRedirect = resourceRule({
  id: "lb-redirect",
  title: "A listener in clear text only redirects to HTTPS",
  severity: "high",
  frameworks: ["ELB.1", "CKV2_AWS_20"],
  reason: "What is answered in clear text can be read and changed on the way.",
  example: 'defaultActions.0.type is "forward" on an HTTP listener',
  remedy: "give the HTTP listener a redirect action to HTTPS, status HTTP_301",
  types: LISTENERS,
  *check({ props }) {
    if (props.at("protocol").string() !== "HTTP") {
      return;
    }
    yield* each(props.at("defaultActions").list(), function* (action) {
      if (action.at("type").string() !== "redirect" || action.at("redirect.protocol").string() !== "HTTPS") {
        yield found(`${action.at("type")} on an HTTP listener`);
      }
    });
  },
});
