/** What a command ends with. */
export const ExitCode = {
  /** Every mandatory rule holds. */
  ok: 0,
  /**
   * A mandatory rule is violated, or the rules could not be evaluated and so not be shown to hold; or a change would lose
   * what is protected, or what cannot be made again.
   */
  violated: 1,
  /** The command, the stack's settings or the policies' configuration is wrong. */
  misconfigured: 2,
  /** Anything else: a defect in the program or in this tool. */
  failed: 3,
} as const;

/** Something a user wrote is wrong: a file, a name, an option. Its message needs no stack trace. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";

  /**
   * @param where the file or option
   * @param problems what is wrong there; all at once
   */
  constructor(where: string, problems: readonly string[]) {
    super(
      problems.length === 1 ? `${where}: ${problems[0]}` : `${where}:\n${problems.map((p) => `  ${p}`).join("\n")}`,
    );
  }
}
