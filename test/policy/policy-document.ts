/** A statement of an IAM policy, which allows. */
export const statement = (more: Record<string, unknown>) => ({ Effect: "Allow", ...more });

/** An IAM policy as a resource takes it: JSON text. */
export const policy = (...statements: Record<string, unknown>[]) => JSON.stringify({ Statement: statements });
