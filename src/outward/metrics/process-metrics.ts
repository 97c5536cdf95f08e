/** What the agent itself uses, under the names that Prometheus' clients share. */
import { Counter, Gauge, type Registry } from "prom-client";

/** Not all that prom-client could collect: its figures of the garbage collector cost memory and time at every collection. */
export function addProcessMetrics(registry: Registry): void {
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the agent.",
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of the agent, without the programs that it runs.",
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1_000_000);
    },
  });
}
