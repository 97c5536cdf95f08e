/** What the agent itself uses. Must not collect anything between two questions. */
import { Counter, Gauge, type Registry } from "prom-client";

/**
 * Not all that prom-client could collect: its figures of the garbage collector cost memory and time at every collection. And not
 * under its names, `process_…`: node_exporter has these itself, so it leaves them out of the file, with an error at each scrape.
 */
export function addProcessMetrics(registry: Registry): void {
  new Gauge({
    name: "gitops_agent_resident_memory_bytes",
    help: "Resident memory of the agent.",
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: "gitops_agent_cpu_seconds_total",
    help: "CPU time of the agent, without the programs that it runs.",
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1_000_000);
    },
  });
}
