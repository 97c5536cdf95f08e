import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connectAgent } from "../../../src/api/client.ts";
import type { SyncOutcome } from "../../../src/api/types.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import type { SyncRequest } from "../../../src/core/model/sync-request.ts";
import { ApiRig, applied, ask, catchError, patience, status } from "./support.ts";

let rig: ApiRig;

beforeEach(async () => {
  rig = await ApiRig.create();
});

afterEach(async () => {
  await rig.destroy();
});

/** Somebody who is not the agent answers. */
async function answerWith(name: "status" | "control", body: string, status = "200 OK"): Promise<void> {
  await rig.listen(name, (server) => {
    server.on("connection", (connection) => {
      connection.on("error", () => undefined);
      connection.once("data", () => {
        connection.end(
          `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
        );
      });
    });
  });
}

describe("a client of a running agent", () => {
  it("reads the status as the daemon has it", async () => {
    await rig.serve();
    expect(await connectAgent(rig.runtimeDirectory).readStatus(patience)).toEqual(status);
  });

  it("has a sync run and learns how it ended", async () => {
    const outcomes: SyncOutcome[] = [
      applied,
      {
        version: 1,
        outcome: "failed",
        failure: {
          code: "secret-undecryptable",
          message: "no identity fits secrets/web.service/token.age",
          hint: null,
          details: [],
          since: "2025-03-01T10:00:00.000Z",
        },
      },
    ];
    const [first, second] = outcomes;
    await rig.serve({ runSync: async () => outcomes.shift() ?? applied });
    const client = connectAgent(rig.runtimeDirectory);
    expect(await client.requestSync({ modes: [], adopt: [] }, patience)).toEqual(first);
    expect(await client.requestSync({ modes: [], adopt: [] }, patience)).toEqual(second);
  });

  it("hands on all that a person decided, and what was not decided is plain", async () => {
    const received: SyncRequest[] = [];
    await rig.serve({
      runSync: async (request) => {
        received.push(request);
        return applied;
      },
    });
    const client = connectAgent(rig.runtimeDirectory);
    const decided = { modes: ["accept-rewrite", "allow-prune"], adopt: ["/etc/a", "/etc/b"] } as const;
    const corrected = { modes: [], adopt: [], correct: ["a.service", "b.container", "/etc/c d"] };
    const all = { modes: [], adopt: [], correct: "all" } as const;
    await client.requestSync(decided, patience);
    await client.requestSync(corrected, patience);
    await client.requestSync(all, patience);
    await client.requestSync({ modes: [], adopt: [] }, patience);
    expect(received).toEqual([decided, corrected, all, { modes: [], adopt: [] }]);
  });

  it("gets the agent's own error with code and hint", async () => {
    const refusal = new AgentError("state-unreadable", "inventory.json is not JSON", { hint: "restore it" });
    await rig.serve({ readStatus: () => Promise.reject(refusal) });
    const error = await catchError(connectAgent(rig.runtimeDirectory).readStatus(patience));
    expect(error).toMatchObject({
      code: "state-unreadable",
      message: "inventory.json is not JSON",
      hint: "restore it",
    });
    expect(rig.reported).toEqual([]);
  });

  it("is not told the inside of a bug; the daemon's log is", async () => {
    const bug = new TypeError("x is not a function, token=hunter2");
    await rig.serve({ runSync: () => Promise.reject(bug) });
    const reply = await ask(rig.socketPath("control"), "POST", "/v1/sync");
    expect(reply.status).toBe(500);
    expect(reply.body).toMatchObject({ version: 1, error: { code: "bug" } });
    expect(JSON.stringify(reply)).not.toMatch(/hunter2|not a function|\.ts/);
    expect(rig.reported).toEqual([bug]);
  });

  it("may leave while a sync runs: the sync ends, and the agent goes on serving", async () => {
    let finishSync: (outcome: SyncOutcome) => void = () => undefined;
    let isBegun = false;
    const sync = new Promise<SyncOutcome>((resolve) => {
      finishSync = resolve;
    });
    await rig.serve({
      runSync: () => {
        isBegun = true;
        return sync;
      },
    });
    const leaving = new AbortController();
    const answer = connectAgent(rig.runtimeDirectory).requestSync({ modes: [], adopt: [] }, leaving.signal);
    await vi.waitFor(() => expect(isBegun).toBe(true));
    leaving.abort(new Error("Ctrl-C"));
    await expect(answer).rejects.toThrow("Ctrl-C");
    finishSync(applied);
    expect(await connectAgent(rig.runtimeDirectory).requestSync({ modes: [], adopt: [] }, patience)).toEqual(
      applied,
    );
    expect(rig.reported).toEqual([]);
  });
});

describe("a client without an agent", () => {
  it("says that none is running when there is no socket", async () => {
    const error = await catchError(connectAgent(rig.runtimeDirectory).readStatus(patience));
    expect(error.code).toBe("agent-unreachable");
    expect(error.message).toContain("not running");
    expect(error.hint).toContain("systemctl start gitops-agent");
  });

  it("says the same when the agent was killed and left its socket", async () => {
    await rig.leaveStaleSocket("control");
    const error = await catchError(
      connectAgent(rig.runtimeDirectory).requestSync({ modes: [], adopt: [] }, patience),
    );
    expect(error.code).toBe("agent-unreachable");
    expect(error.message).toContain("not running");
  });

  it("tells an agent of another version from one that is broken", async () => {
    await answerWith("status", '{"version":2,"host":"media-1"}');
    const error = await catchError(connectAgent(rig.runtimeDirectory).readStatus(patience));
    expect(error.code).toBe("agent-unreachable");
    expect(error.message).toContain("speaks version 2 of the protocol, this command version 1");
    expect(error.hint).toContain("restart");
  });

  it("tells an agent of an earlier release, which is not asked over the control socket, from one that is broken", async () => {
    const body =
      '{"version":1,"error":{"code":"not-found","message":"there is no /v1/status here","hint":null}}';
    await answerWith("control", body, "404 Not Found");
    const error = await catchError(connectAgent(rig.runtimeDirectory).readStatus(patience));
    expect(error.code).toBe("agent-unreachable");
    expect(error.message).toBe("the agent that runs does not know GET /v1/status");
    expect(error.hint).toContain("systemctl restart gitops-agent");
  });

  it("does not take just anything for an agent", async () => {
    await answerWith("status", "<html>");
    const error = await catchError(connectAgent(rig.runtimeDirectory).readStatus(patience));
    expect(error.message).toContain("is not the agent");
  });

  it("says so when the agent hangs up", async () => {
    await rig.listen("status", (server) => {
      server.on("connection", (connection) => connection.destroy());
    });
    const error = await catchError(connectAgent(rig.runtimeDirectory).readStatus(patience));
    expect(error).toMatchObject({
      code: "agent-unreachable",
      message: "the agent hung up before it answered",
    });
  });
});
