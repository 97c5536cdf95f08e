/** The schema of `publish:` in agent.yaml. */
import * as z from "zod";
import { agentDefaults } from "./agent-defaults.ts";
import { checkFilePath, checkUnitPattern, type Problem } from "./names.ts";
import { duration, type FieldProblem, flag, listOf, section, text, withRules } from "./schema-parts.ts";

const minIntervalMs = 1_000;
const maxIntervalMs = 86_400_000;
const filePath = text("an absolute path", checkFilePath, "^/");

const amqpSection = withRules(
  section("a map with url-file and queue or exchange", {
    "url-file": filePath.meta({
      description:
        "File with the URL of the broker, with user and password: amqps://user:password@host/vhost.",
    }),
    queue: text("the name of a queue", checkAmqpName).optional().meta({
      description: "The queue that gets the messages. It is made when it is missing.",
    }),
    exchange: text("the name of an exchange", checkAmqpName).optional().meta({
      description: "The exchange that gets the messages, in place of a queue. It must exist.",
    }),
    interval: duration(minIntervalMs, maxIntervalMs).optional().meta({
      description: "How often the status of each unit is published.",
      default: agentDefaults.publishInterval,
    }),
    events: flag().optional().meta({
      description: "Whether events are published as they happen.",
      default: agentDefaults.publishEvents,
    }),
    units: listOf("a list of unit names", text("a unit name", checkUnitPattern)).nullish().meta({
      description: "More units, by name or pattern, that git does not have.",
      default: [],
    }),
    per: z.enum(["unit", "host"]).optional().meta({
      description: "One message for each unit, or one for the host with all of them.",
      default: agentDefaults.publishPer,
    }),
    "ca-file": filePath.optional().meta({
      description: "File with the certificates (PEM) that the broker's certificate is checked with.",
    }),
  }),
  findDestinationProblems,
);

export const publishSection = section("a map with amqp", {
  amqp: amqpSection.meta({ description: "A RabbitMQ broker." }),
});

/** AMQP 0-9-1, short strings. */
function checkAmqpName(name: string): Problem | null {
  if (/^[\x21-\x7e]{1,255}$/.test(name)) return null;
  return { message: "expected 1 to 255 characters of ASCII without spaces" };
}

function findDestinationProblems({
  queue,
  exchange,
}: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  if ((queue === undefined) !== (exchange === undefined)) return [];
  const message =
    queue === undefined
      ? "amqp names neither a queue nor an exchange"
      : "amqp names both a queue and an exchange";
  return [{ path: [], message, hint: "write queue: NAME or exchange: NAME" }];
}
