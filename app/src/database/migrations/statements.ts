/** What a semicolon does not end a statement in, then the semicolon, then any other character. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$).*?\1|--[^\n]*|\/\*.*?\*\/|;|./gs;

/** The statements of a script, without its comments. */
export function splitStatements(sql: string): string[] {
  const statements = [""];
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === ";") statements.push("");
    else if (token.startsWith("--") || token.startsWith("/*")) statements.push(`${statements.pop()} `);
    else statements.push(`${statements.pop()}${token}`);
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== "");
}

const CREATE_INDEX =
  /^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?<name>"(?:[^"]|"")+"|\w+)\s+ON\b/i;

/** The index that a statement makes CONCURRENTLY, as SQL writes its name; undefined for any other statement. */
export const concurrentIndex = (statement: string): string | undefined => CREATE_INDEX.exec(statement)?.groups?.name;
