/** What systemd's own messages tell about automatic restarts. */
import { expect, it } from "vitest";
import { parseRestarts } from "../../../src/systemd/read/restart-log.ts";

const exit = "98e322203f7a4ed290d09fe03c09fe15";
const failure = "d9b373ed55a64feb8242e02dbe79a49c";
const scheduled = "5eb03494b6584870a536b337290809b3";

function write(...entries: readonly object[]): string {
  return entries.map((entry) => JSON.stringify(entry)).join("\n");
}

it("the restart log joins each restart with how the run before it ended", () => {
  const output = write(
    { UNIT: "a.service", MESSAGE_ID: exit, EXIT_CODE: "exited", EXIT_STATUS: "7" },
    { UNIT: "b.service", MESSAGE_ID: failure, UNIT_RESULT: "watchdog" },
    { UNIT: "a.service", MESSAGE_ID: failure, UNIT_RESULT: "exit-code" },
    { UNIT: "a.service", MESSAGE_ID: scheduled, __REALTIME_TIMESTAMP: "1000" },
    { UNIT: "b.service", MESSAGE_ID: scheduled, __REALTIME_TIMESTAMP: "2000" },
    { UNIT: "a.service", MESSAGE_ID: scheduled, __REALTIME_TIMESTAMP: "3000" },
  );
  expect(parseRestarts(output, "UNIT")).toEqual(
    new Map([
      [
        "a.service",
        [
          { atUs: 1000, result: "exit-code", exit: { how: "exited", status: 7 } },
          { atUs: 3000, result: "success", exit: null },
        ],
      ],
      ["b.service", [{ atUs: 2000, result: "watchdog", exit: null }]],
    ]),
  );
});

it("the restart log passes over what is damaged or not about a unit", () => {
  const output = write({ MESSAGE_ID: scheduled }, { UNIT: "a.service", MESSAGE_ID: scheduled });
  expect(parseRestarts(`${output}\n{ torn`, "UNIT")).toEqual(new Map());
});
