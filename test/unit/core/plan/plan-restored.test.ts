import { describe, expect, it } from "vitest";
import { noteObserved } from "../../../../src/core/record/settle.ts";
import {
  build,
  layout,
  listJobs,
  type RepositoryText,
  SimulatedHost,
} from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const text = (body: string): RepositoryText => ({
  files: { "units/a.service": `[Service]\nExecStart=/bin/x\n${body}${enabled}` },
});

function hostWith(body: string): SimulatedHost {
  const host = new SimulatedHost();
  host.sync(text(body));
  return host;
}

describe("a unit that ran before an attempt", () => {
  it("is not started again when the new revision makes it fail: the settling judges that", () => {
    const host = hostWith("");
    const { desired } = build(text("Environment=A=1\n"));
    host.attempt(desired);
    host.fail("a.service");
    expect(listJobs(host.plan(desired))).toEqual([]);
  });

  it("is started again when it failed while it was stopped, as a container does whose stop signal kills it", () => {
    const host = hostWith("");
    const { desired } = build(text("Environment=A=1\n"));
    const untilLoaded = host.plan(desired).steps.findIndex(({ kind }) => kind === "daemon-reload") + 1;
    host.attempt(desired, untilLoaded);
    host.fail("a.service");
    host.inventory = noteObserved(host.inventory, host.observe(), layout);
    expect(listJobs(host.plan(desired))).toEqual(["start a.service"]);
  });

  it("is not started again when it ended by itself", () => {
    const host = hostWith("");
    const { desired } = build(text("Environment=A=1\n"));
    host.attempt(desired);
    host.run("a.service", { activeState: "inactive", invocationId: null, downBecause: "ended" });
    expect(listJobs(host.plan(desired))).toEqual([]);
  });

  it("is started again when it went down otherwise", () => {
    const host = hostWith("");
    const { desired } = build(text("Environment=A=1\n"));
    host.attempt(desired);
    host.stop("a.service");
    expect(listJobs(host.plan(desired))).toEqual(["start a.service"]);
  });
});
