import { writeFile } from "node:fs/promises";
import { OPENAPI_FILE, openApiText } from "./openapi-text.ts";

await writeFile(OPENAPI_FILE, await openApiText());
