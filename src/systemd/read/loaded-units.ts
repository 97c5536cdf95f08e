/** Reads from which files systemd has loaded units. Must not make systemd load any. */
import type { LoadedUnit } from "../../core/model/observed.ts";
import type { Bus } from "../bus/bus.ts";
import { isUnknown, readEach } from "./listed-units.ts";
import { readProperties } from "./properties.ts";

/** As `readLoaded` of ManagerPort. */
export async function readLoadedUnits(
  bus: Bus,
  names: readonly string[],
): Promise<ReadonlyMap<string, LoadedUnit>> {
  return readEach(bus, names, async (row) => {
    if (isUnknown(row)) return null;
    const read = await readProperties(bus, row, ["FragmentPath", "DropInPaths", "NeedDaemonReload"]);
    return {
      loadState: row.loadState,
      fragmentPath: read.FragmentPath === "" ? null : read.FragmentPath,
      dropInPaths: read.DropInPaths,
      needDaemonReload: read.NeedDaemonReload,
    };
  });
}
