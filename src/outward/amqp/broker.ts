/**
 * One connection to a RabbitMQ broker, opened when a message is to be sent, and given up when that fails. Must not try again by itself, and
 * must not put the URL into an error: it has the password.
 */
import { readFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Channel, Connection } from "rabbitmq-client";
import type { AmqpSettings } from "../../core/model/integration-settings.ts";
import { readSecretFile } from "../secret-file.ts";

const connectTimeoutMs = 15_000;

type BrokerSettings = Pick<AmqpSettings, "urlFile" | "caFile" | "destination">;

export interface BrokerMessage {
  readonly id: string;
  readonly type: string;
  /** For an exchange. */
  readonly routingKey: string;
  readonly body: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

interface Open {
  readonly connection: Connection;
  readonly channel: Channel;
}

export class Broker {
  readonly #settings: BrokerSettings;
  readonly #connectionName: string;
  #open: Open | null = null;
  /** Messages that the broker could not put into a queue. It says so before it confirms them. */
  readonly #returned = new Set<string>();

  /** @param connectionName what the broker shows its administrator */
  constructor(settings: BrokerSettings, connectionName: string) {
    this.#settings = settings;
    this.#connectionName = connectionName;
  }

  /**
   * Sends a persistent message. Resolves when the broker has confirmed it.
   * @throws Error with the reason, when it is not known that the broker has it
   */
  async send(message: BrokerMessage): Promise<void> {
    const { destination } = this.#settings;
    try {
      this.#open ??= await this.#connect();
      await this.#open.channel.basicPublish(makeEnvelope(message, destination), Buffer.from(message.body));
    } catch (error) {
      // A message that is refused does not end the connection, but a new one does no harm: the next try comes later.
      this.close();
      throw new Error(describeFailure(error, this.#settings), { cause: error });
    }
    // The library tells of a message that came back in the next turn of the event loop, after its confirmation.
    await nextTurn();
    if (this.#returned.delete(message.id)) {
      this.close();
      throw new Error(`the broker has no ${destination.kind} ${destination.name} that takes the message`);
    }
  }

  close(): void {
    this.#open?.connection.unsafeDestroy();
    this.#open = null;
    this.#returned.clear();
  }

  async #connect(): Promise<Open> {
    const { urlFile, caFile, destination } = this.#settings;
    const url = await readSecretFile(urlFile);
    const tls = caFile === null ? {} : { tls: { ca: await readFile(caFile, "utf8") } };
    const connection = new Connection({
      url,
      connectionName: this.#connectionName,
      connectionTimeout: connectTimeoutMs,
      ...tls,
    });
    try {
      await waitUntilConnected(connection);
      if (destination.kind === "queue") await ensureQueue(connection, destination.name);
      const channel = await connection.acquire();
      await channel.confirmSelect();
      channel.on("basic.return", ({ messageId = "" }) => this.#returned.add(messageId));
      return { connection, channel };
    } catch (error) {
      connection.unsafeDestroy();
      throw error;
    }
  }
}

function makeEnvelope(
  { id, type, routingKey, timestamp }: BrokerMessage,
  { kind, name }: BrokerSettings["destination"],
) {
  return {
    ...(kind === "queue" ? { routingKey: name, mandatory: true } : { exchange: name, routingKey }),
    durable: true,
    messageId: id,
    type,
    timestamp,
    appId: "gitops-agent",
    contentType: "application/json",
  };
}

/** The library goes on trying after an error; here the first one decides. */
async function waitUntilConnected(connection: Connection): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    connection.on("connection", resolve);
    connection.on("error", reject);
  });
}

/** A queue that is there keeps its arguments, such as a length; one that is missing is made, and outlives the broker's restart. */
async function ensureQueue(connection: Connection, queue: string): Promise<void> {
  try {
    await connection.queueDeclare({ queue, passive: true });
  } catch (error) {
    if (codeOf(error) !== "NOT_FOUND") throw error;
    await connection.queueDeclare({ queue, durable: true });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** AMQP 0-9-1, reply codes; and the names of failed system calls. */
function describeFailure(error: unknown, { urlFile, destination }: BrokerSettings): string {
  const code = codeOf(error);
  if (code === "ACCESS_REFUSED")
    return `the broker refuses the user or the password of the URL in ${urlFile}`;
  if (code === "NACK")
    return `the broker refuses the message: is the ${destination.kind} ${destination.name} full?`;
  if (code === "NOT_FOUND")
    return `the broker has no ${destination.kind} ${destination.name}, or no such virtual host`;
  if (code === "integration-secret" && error instanceof Error) return error.message;
  return code === ""
    ? `the broker of the URL in ${urlFile} does not answer`
    : `the broker of the URL in ${urlFile}: ${code}`;
}
