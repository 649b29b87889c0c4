import { each, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { AWS_PROVIDER } from "../../framework/types";

const TAGS = ["Project", "Environment", "Owner", "CostCenter"];

export const tagsRequired = stackRule({
  id: "tags-required",
  title: "Every AWS resource says whose it is",
  severity: "low",
  reason: "Costs are shared out, and owners found at night, by tags.",
  example: "the provider's defaultTags lack Owner",
  remedy: "set defaultTags with the configured tags on each AWS provider",
  config: {
    tags: {
      type: "array",
      items: { type: "string", minLength: 1 },
      minItems: 1,
      description: "names of the tags that each AWS provider's defaultTags must have",
      default: TAGS,
    },
  },
  *check(stack, { tags: required }) {
    yield* each(stack.ofType(AWS_PROVIDER), function* (provider) {
      // The engine keeps what is nested in a provider's configuration as JSON text.
      const tags = provider.props.at("defaultTags").json().at("tags");
      for (const tag of required) {
        if (!tags.child(tag).isSet) {
          yield found(`the provider's defaultTags lack ${tag}`, provider);
        }
      }
    });
  },
});
