import { fileURLToPath } from "node:url";

/** This folder. */
export const HERE = fileURLToPath(new URL(".", import.meta.url));
/** The repository's folder of what can be made again. */
export const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));
/** The service's folder. */
export const APP = fileURLToPath(new URL("../../app", import.meta.url));
