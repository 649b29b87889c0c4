import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import { join } from "node:path";
import { GetObjectCommand, HeadBucketCommand, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { Unusable } from "./model.ts";

/** Largest file that is loaded: it is in memory as a whole while it is checked and parsed. */
export const ARTIFACT_MAX_BYTES = 64 * 1024 ** 2;

/** A file's name alone, so that none leads out of the place where models lie. The table models has the same rule. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Short enough that a request is answered before its own time is up. */
const S3_TIMEOUTS = { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true, socketTimeout: 5000 };

/** The place where the models' files lie. */
export interface Artifacts {
  /** @throws Unusable when the file is missing, too large or cannot be read */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** @throws Error when the place cannot be read */
  check(): Promise<void>;
  close(): void;
}

/** @param location a folder, or `s3://bucket/prefix` */
export function createArtifacts(location: string, region: string): Artifacts {
  const source = location.startsWith("s3://") ? bucket(new URL(location), region) : folder(location);
  return {
    ...source,
    read: async (name) => {
      if (!NAME.test(name)) throw new Unusable("its artifact has a name that no file here has");
      return source.read(name);
    },
  };
}

const missing = (cause: unknown) => new Unusable("its artifact is missing", { cause });
const unreadable = (cause: unknown) => new Unusable("its artifact cannot be read", { cause });
const tooLarge = () => new Unusable(`its artifact is larger than ${ARTIFACT_MAX_BYTES} bytes`);

function folder(path: string): Artifacts {
  return {
    read: async (name) => {
      try {
        await using file = await open(join(path, name));
        const { size } = await file.stat();
        if (size > ARTIFACT_MAX_BYTES) throw tooLarge();
        const content = new Uint8Array(size);
        const { bytesRead } = await file.read(content, 0, size);
        return content.subarray(0, bytesRead);
      } catch (error) {
        if (error instanceof Unusable) throw error;
        throw (error as NodeJS.ErrnoException).code === "ENOENT" ? missing(error) : unreadable(error);
      }
    },
    check: () => access(path, constants.R_OK | constants.X_OK),
    close: () => undefined,
  };
}

function bucket({ hostname: Bucket, pathname }: URL, region: string): Artifacts {
  const prefix = pathname.replace(/^\/+|\/+$/g, "");
  const client = new S3Client({ region, requestHandler: S3_TIMEOUTS });
  return {
    read: async (name) => {
      try {
        const Key = prefix === "" ? name : `${prefix}/${name}`;
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        return await collect(Body as AsyncIterable<Uint8Array>);
      } catch (error) {
        if (error instanceof Unusable) throw error;
        throw error instanceof S3ServiceException && error.name === "NoSuchKey" ? missing(error) : unreadable(error);
      }
    },
    check: async () => {
      await client.send(new HeadBucketCommand({ Bucket }));
    },
    close: () => client.destroy(),
  };
}

/** A stream in memory, up to the limit. Leaving the loop ends the stream. */
async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > ARTIFACT_MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const content = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    content.set(chunk, offset);
    offset += chunk.length;
  }
  return content;
}
