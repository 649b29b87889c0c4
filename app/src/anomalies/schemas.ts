import { type Static, Type } from "@fastify/type-provider-typebox";
import { BigId, Cursor, IntegerId, Limit, NextCursor, Timestamp } from "../http/paging.ts";

/** Rows that `offset` may skip: PostgreSQL counts all of them in an index. */
export const OFFSET_MAX = 10_000;

const Severity = Type.Number({ minimum: 0, maximum: 1 });

/** Query of the list. */
export const AnomalyListQuery = Type.Object(
  {
    limit: Type.Optional(Limit),
    offset: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: OFFSET_MAX,
        description: "Rows to skip. `cursor` goes further, and costs the same on every page.",
      }),
    ),
    cursor: Type.Optional(Cursor),
    model_id: Type.Optional(IntegerId),
    dataset_id: Type.Optional(BigId),
    from: Type.Optional(Type.String({ format: "date-time", description: "The first moment of the range." })),
    to: Type.Optional(Type.String({ format: "date-time", description: "The moment that the range ends before." })),
    min_severity: Type.Optional(Severity),
    include_total: Type.Optional(
      Type.Boolean({ description: "Count all rows that match, on every page. Costs a second statement." }),
    ),
  },
  { additionalProperties: false },
);

export const AnomalyParams = Type.Object({ id: BigId }, { additionalProperties: false });

/** A point that a model found to be anomalous. */
export const Anomaly = Type.Object(
  {
    id: BigId,
    timestamp: Timestamp,
    value: Type.Number(),
    severity: Severity,
    model_id: IntegerId,
    dataset_id: Type.Union([BigId, Type.Null()]),
    status: Type.Enum(["active", "acknowledged", "resolved"]),
  },
  { additionalProperties: false },
);

/** Newest first; rows of the same time by id, the highest first. */
export const AnomalyPage = Type.Object(
  {
    anomalies: Type.Array(Anomaly),
    count: Type.Integer({ minimum: 0, description: "Rows on this page." }),
    limit: Limit,
    offset: Type.Union([Type.Integer({ minimum: 0, maximum: OFFSET_MAX }), Type.Null()], {
      description: "null on a page that a cursor asked for.",
    }),
    next_cursor: NextCursor,
    total: Type.Optional(
      Type.Integer({ minimum: 0, description: "Rows that match, where include_total asked for it." }),
    ),
  },
  { additionalProperties: false },
);

export type AnomalyListQuery = Static<typeof AnomalyListQuery>;
