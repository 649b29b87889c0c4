import { type Static, Type } from "@fastify/type-provider-typebox";
import { BigId, Cursor, IntegerId, Limit, NextCursor, Timestamp } from "../http/paging.ts";

/** Rows that one request may have scored. */
export const ROWS_MAX = 10_000;

/** Numbers that a row may have; a model's own count is what it must have. */
const FEATURES_MAX = 1024;

const Share = Type.Number({ minimum: 0, maximum: 1 });

/** Query of the list. */
export const ModelListQuery = Type.Object(
  { limit: Limit, cursor: Type.Optional(Cursor) },
  { additionalProperties: false },
);

/** Path of one model. */
export const ModelParams = Type.Object({ id: IntegerId }, { additionalProperties: false });

/** A model, without where its file lies. */
export const Model = Type.Object(
  {
    id: IntegerId,
    name: Type.String(),
    version: Type.String(),
    algorithm_name: Type.String(),
    accuracy: Type.Union([Share, Type.Null()], {
      description: "Share of right labels when the model was made; null where it was not measured.",
    }),
    status: Type.Enum(["active", "retired"]),
    feature_count: Type.Integer({ minimum: 1, description: "Numbers in a row." }),
    threshold: Type.Number({ minimum: 0, maximum: 1, description: "Rows that score at least this are anomalies." }),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { additionalProperties: false },
);

/** Newest first. */
export const ModelPage = Type.Object(
  {
    models: Type.Array(Model),
    count: Type.Integer({ minimum: 0, description: "Rows on this page." }),
    limit: Limit,
    next_cursor: NextCursor,
  },
  { additionalProperties: false },
);

/** Body of the request that has rows scored. */
export const PredictionRequest = Type.Object(
  {
    rows: Type.Array(Type.Array(Type.Number(), { minItems: 1, maxItems: FEATURES_MAX }), {
      minItems: 1,
      maxItems: ROWS_MAX,
      description: "Each row has as many numbers as the model's feature_count.",
      examples: [
        [
          [0.1, -0.3, 0.2, 0.4, 1.1, 0.8, 0.9, 1.2],
          [5.2, -4.1, 6.3, 0.2, 4.8, -5.5, 3.9, 4.4],
        ],
      ],
    }),
    timestamps: Type.Optional(
      Type.Array(Type.String({ format: "date-time" }), {
        minItems: 1,
        maxItems: ROWS_MAX,
        description: "When each row was measured, one for each row. Now where absent.",
      }),
    ),
    dataset_id: Type.Optional(
      Type.Integer({ ...BigId, description: "The dataset that the anomalies are stored with." }),
    ),
    threshold: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: "In the place of the model's own threshold." }),
    ),
  },
  { additionalProperties: false },
);

/** What rows scored. */
export const Prediction = Type.Object(
  {
    model_id: IntegerId,
    model_version: Type.String(),
    threshold: Share,
    scores: Type.Array(Share, { description: "One for each row; the higher, the more anomalous." }),
    labels: Type.Array(Type.Integer({ minimum: 0, maximum: 1 }), {
      description: "1 for each row that scores at least the threshold.",
    }),
    anomalies: Type.Integer({ minimum: 0, description: "Rows that were stored as anomalies." }),
  },
  { additionalProperties: false },
);

export type ModelListQuery = Static<typeof ModelListQuery>;
export type Model = Static<typeof Model>;
export type ModelPage = Static<typeof ModelPage>;
export type PredictionRequest = Static<typeof PredictionRequest>;
export type Prediction = Static<typeof Prediction>;
