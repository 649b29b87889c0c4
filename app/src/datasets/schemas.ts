import { type Static, Type } from "@fastify/type-provider-typebox";
import { BigId, Cursor, Limit, NextCursor, Timestamp } from "../http/paging.ts";

/** Features that a dataset may have. */
export const FEATURES_MAX = 256;

/** PostgreSQL's text holds no NUL, UTF-8 no lone surrogate; a name holds no other control character either. */
const NAME_PATTERN = "^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]+$";
const TEXT_PATTERN = "^[^\\u0000\\ud800-\\udfff]*$";

const Name = Type.String({ minLength: 1, maxLength: 200, pattern: NAME_PATTERN });
const Description = Type.String({ maxLength: 2000, pattern: TEXT_PATTERN });
const Features = Type.Array(Name, { minItems: 1, maxItems: FEATURES_MAX, uniqueItems: true });

/** Query of the list. */
export const DatasetListQuery = Type.Object(
  {
    limit: Type.Optional(Limit),
    cursor: Type.Optional(Cursor),
    search: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: NAME_PATTERN,
        description: "A part of the name, in capital or small letters.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const DatasetParams = Type.Object({ id: BigId }, { additionalProperties: false });

/** Body of the request that creates a dataset. */
export const NewDataset = Type.Object(
  { name: Name, description: Type.Optional(Description), features: Features },
  { additionalProperties: false },
);

const summary = {
  id: BigId,
  name: Name,
  description: Description,
  status: Type.Enum(["active", "archived"]),
  created_at: Timestamp,
  updated_at: Timestamp,
};

export const Dataset = Type.Object(
  { ...summary, features: Type.Array(Name, { description: "In the order of a point's values." }) },
  { additionalProperties: false },
);

/** Newest first. */
export const DatasetPage = Type.Object(
  {
    datasets: Type.Array(Type.Object(summary, { additionalProperties: false })),
    count: Type.Integer({ minimum: 0, description: "Rows on this page." }),
    limit: Limit,
    next_cursor: NextCursor,
  },
  { additionalProperties: false },
);

/** Guide, Query Performance Optimization: get_dataset_stats. */
export const DatasetStats = Type.Object(
  {
    dataset_id: BigId,
    record_count: Type.Integer({ minimum: 0 }),
    feature_count: Type.Integer({ minimum: 0 }),
    anomaly_rate: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
      description: "Share of the points that were sent as anomalies; null without points.",
    }),
    last_updated: Type.Union([Timestamp, Type.Null()], { description: "null without points." }),
  },
  { additionalProperties: false },
);

/** One measurement of a dataset's features. */
export const Point = Type.Object(
  {
    timestamp: Type.String({ format: "date-time" }),
    values: Type.Array(Type.Number(), {
      minItems: 1,
      maxItems: FEATURES_MAX,
      description: "One for each feature of the dataset, in its order.",
    }),
    is_anomaly: Type.Optional(Type.Boolean({ description: "false where absent." })),
  },
  { additionalProperties: false },
);

export const AcceptedPoints = Type.Object(
  { dataset_id: BigId, accepted: Type.Integer({ minimum: 1, description: "Points that were stored." }) },
  { additionalProperties: false },
);

export type DatasetListQuery = Static<typeof DatasetListQuery>;
export type NewDataset = Static<typeof NewDataset>;
export type Dataset = Static<typeof Dataset>;
export type DatasetPage = Static<typeof DatasetPage>;
export type DatasetStats = Static<typeof DatasetStats>;
