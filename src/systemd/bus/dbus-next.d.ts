/**
 * Types of the two modules of dbus-next that this room uses: its connection (address, authentication, what it reads) and
 * its variants.
 * The package's own entry point is not used: its MessageBus does not tell when the connection ends, and turns a refused
 * Hello into an unhandled rejection. Must describe only what connection.ts calls.
 */
declare module "dbus-next/lib/connection.js" {
  namespace createConnection {
    interface IncomingMessage {
      readonly type: number;
      readonly replySerial?: number;
      readonly sender?: string;
      readonly path?: string;
      readonly interface?: string;
      readonly member?: string;
      readonly errorName?: string;
      readonly body: readonly unknown[];
    }

    interface WireConnection {
      readonly stream: {
        readonly writable: boolean;
        write(bytes: Uint8Array): boolean;
        destroy(): void;
        on(event: "close", listener: () => void): unknown;
      };
      on(event: "message", listener: (message: IncomingMessage) => void): this;
      on(event: "error", listener: (error: unknown) => void): this;
      on(event: "connect" | "end", listener: () => void): this;
    }
  }

  function createConnection(options: {
    busAddress: string;
    authMethods: readonly string[];
  }): createConnection.WireConnection;

  export = createConnection;
}

declare module "dbus-next/lib/variant.js" {
  /** A value with the D-Bus signature that it is sent as. */
  export class Variant {
    readonly signature: string;
    readonly value: unknown;
    constructor(signature: string, value: unknown);
  }
}
