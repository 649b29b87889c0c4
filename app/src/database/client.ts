import pg from "pg";
import type { Credential } from "../secrets.ts";
import type { BackendKey } from "./cancel.ts";

/** A connection that a pool opened. */
export interface LoggedInClient extends pg.PoolClient {
  readonly backendKey?: BackendKey;
  /** The connection broke. */
  readonly lost: boolean;
}

/**
 * A class of clients that ask for the role's password before they open their connection: rotation needs no restart, and
 * a secret that cannot be read leaves no connection behind that waits for a password.
 */
export function clientClass(readCredential: () => Promise<Credential>): typeof pg.Client {
  return class LoginClient extends pg.Client {
    backendKey: BackendKey | undefined;
    lost = false;

    constructor(config?: pg.ClientConfig) {
      super(config);
      // The statement that runs is rejected with it, too; unheard, it would end the process.
      this.on("error", () => {
        this.lost = true;
      });
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
      const connected = this.#logIn();
      if (callback === undefined) return connected;
      const done = callback as (error?: Error) => void;
      connected.then(() => done(), done);
    }

    async #logIn(): Promise<pg.Client> {
      this.password = (await readCredential()).password;
      // The pool gave up meanwhile.
      if (this.connection.stream.destroyed) throw new Error("the credential came too late");
      this.connection.once("backendKeyData", (key: BackendKey) => {
        this.backendKey = key;
      });
      return super.connect();
    }
  };
}
