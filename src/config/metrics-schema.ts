/** The schema of `metrics:` in agent.yaml. */
import { listenAddress } from "./listen.ts";
import { checkAbsolutePath } from "./names.ts";
import { section, text, withRules } from "./schema-parts.ts";

export const metricsSection = withRules(
  section("a map with listen or textfile", {
    listen: listenAddress
      .optional()
      .meta({ description: "Where Prometheus may ask for /metrics.", examples: ["127.0.0.1:9638"] }),
    textfile: text("an absolute path", checkAbsolutePath, "^/")
      .optional()
      .meta({
        description: "The directory of node_exporter's textfile collector, which must exist.",
        examples: ["/var/lib/prometheus/node-exporter"],
      }),
  }),
  ({ listen, textfile }) =>
    listen !== undefined || textfile !== undefined
      ? []
      : [
          {
            path: [],
            message: "metrics says neither listen nor textfile",
            hint: "write listen: 127.0.0.1:9638, or textfile: with node_exporter's directory, or remove metrics",
          },
        ],
);
