import { Type } from "@fastify/type-provider-typebox";
import { CURSOR_MAX_LENGTH, CURSOR_PATTERN } from "./cursor.ts";

/** Rows on a page where nothing is asked for: guide, Application Performance. */
export const LIMIT_DEFAULT = 100;

/** `limit` of every list. */
export const Limit = Type.Integer({
  minimum: 1,
  maximum: 1000,
  default: LIMIT_DEFAULT,
  description: "Rows on a page.",
});

/** `cursor` of every list. */
export const Cursor = Type.String({
  maxLength: CURSOR_MAX_LENGTH,
  pattern: CURSOR_PATTERN,
  description: "`next_cursor` of the page before. The filters stay the same.",
});

/** `next_cursor` of every page. */
export const NextCursor = Type.Union([Type.String(), Type.Null()], {
  description: "`cursor` of the next page; null on the last one.",
});

/** An id of type bigint, as far as JSON's numbers carry it. */
export const BigId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

/** An id of type integer. */
export const IntegerId = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

/** A moment in an answer: UTC, with microseconds. */
export const Timestamp = Type.String({ format: "date-time", examples: ["2026-11-23T10:00:00.123456Z"] });
