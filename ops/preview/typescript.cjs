/**
 * Loads TypeScript by tsx, and JavaScript by Node alone: `node --require ./ops/preview/typescript.cjs FILE.ts`.
 * All JavaScript here belongs to dependencies, needs no transform, and costs a fifth of a preview to search for one.
 */
const native = require.extensions[".js"];
require("tsx/cjs");
require.extensions[".js"] = native;
