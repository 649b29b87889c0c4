/** The settings of a chapter of the guide, line by line, by their sections. Where a line alone would be ambiguous, its place comes first. */
export type Sections = Readonly<Record<string, readonly string[]>>;
