/**
 * Watches twenty directories below its first argument although its user may not have so many inotify watches. Prints, as
 * JSON, what the watch said of that, and whether it told of a change in the first and in the last one.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { WatchPlaces } from "../../../src/core/drift/watch-places.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import { HostWatch } from "../../../src/watch/host-watch.ts";

const [base = ""] = process.argv.slice(2);
const paths = Array.from({ length: 20 }, (_, index) => `${base}/d${String(index).padStart(2, "0")}/x.conf`);
const file = { role: "file", unit: null, origin: "", kind: "file", content: "", mode: 0o644 } as const;
const files = Object.fromEntries(paths.map((path) => [path, file]));
const layout = {
  dropInParents: [],
  vendorDropInParents: [],
  quadletDirectory: "",
  credentialDirectory: "",
  credentialsPath: "",
};

const errors: unknown[] = [];
const told: unknown[] = [];
const watch = new HostWatch({
  onHint: (scope) => told.push(...(scope === "all" ? [scope] : scope.paths)),
  onIncomplete: (error) => errors.push(error instanceof Error && "code" in error ? error.code : error),
});
for (const path of paths) mkdirSync(path.slice(0, path.lastIndexOf("/")));
watch.update(new WatchPlaces({ ...emptyInventory, files }, layout));
for (const path of [paths.at(-1), paths.at(0)]) writeFileSync(String(path), "");
// The directories have one queue of events: what was to be told of the last one has come before.
while (told.length === 0) await delay(5);
watch.retry();
watch.close();
process.stdout.write(JSON.stringify({ errors, told }));
