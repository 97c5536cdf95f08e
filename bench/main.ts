/**
 * `npm run bench`: measures gitops-agent beside other ways to bring commits to a host, on machines with a real systemd. Prints
 * figures and asserts nothing. `npm run bench -- --help` has the options.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { help, type Options, readOptions } from "./lib/options.ts";
import { formatProfile } from "./lib/profile.ts";
import { formatBudgets, formatFleet, formatGrowth, formatReport } from "./lib/report.ts";
import { type FleetResult, runFleet } from "./lib/run.ts";
import { describeFleet } from "./lib/units.ts";

const startedMs = Date.now();
const [, load = 0] = loadavg();

function say(text: string): void {
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  process.stderr.write(`${String(seconds).padStart(5)} s  ${text}\n`);
}

async function measureAll(options: Options): Promise<void> {
  const results: FleetResult[] = [];
  for (const fleet of options.fleets) {
    const result = await runFleet(options, fleet, say);
    results.push(result);
    console.log(`${formatFleet(result)}\n`);
    // After each fleet: a long run that is ended has what it has measured.
    if (options.markdown !== null) writeFileSync(options.markdown, describe(options, results));
  }
  console.log(`${formatGrowth(results)}\n\n${formatBudgets(results)}`);
}

function describe(options: Options, results: readonly FleetResult[]): string {
  return formatReport(results, {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model ?? "an unknown processor",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    load,
    root: options.root,
    times: options.times,
    words: options.words,
  });
}

async function profile(options: Options): Promise<void> {
  for (const fleet of options.fleets) {
    const { profiles } = await runFleet({ ...options, peers: [], cases: ["one"], restMs: 0 }, fleet, say);
    for (const { contender, profile } of profiles) {
      console.log(
        `${contender}, one of ${describeFleet(fleet)} services changed\n\n${formatProfile(profile)}\n`,
      );
    }
  }
}

const options = readOptions(process.argv.slice(2));
if (options === null) console.log(help);
else if (options.isProfile) await profile(options);
else await measureAll(options);
