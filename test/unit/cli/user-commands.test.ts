/** With --user the hints name commands that reach the agent of the user, and quoted text stays as it is. */
import { describe, expect, it } from "vitest";
import { nameUserCommandsInHints } from "../../../src/cli/render/user-commands.ts";

describe("commands in hints, for the agent of a user", () => {
  it.each([
    [
      "hint: start it with: systemctl start gitops-agent",
      "hint: start it with: systemctl --user start gitops-agent",
    ],
    ["hint: see journalctl -u gitops-agent", "hint: see journalctl --user -u gitops-agent"],
    [
      "  \u001b[36mhint:\u001b[39m gitops-agent drift UNIT",
      "  \u001b[36mhint:\u001b[39m gitops-agent --user drift UNIT",
    ],
    ["Then run: gitops-agent init --now", "Then run: gitops-agent --user init --now"],
  ])("get --user: %j", (line, expected) => {
    expect(nameUserCommandsInHints(`first\n${line}\n`)).toBe(`first\n${expected}\n`);
  });

  it.each([
    "hint: restart gitops-agent, then look again",
    "hint: gitops-agent secret set web.service/key",
    "hint: gitops-agent --user sync",
    "hint: systemctl --user status web.service",
    "ExecStart=/bin/systemctl restart web.service",
    'main@9f577a4 "gitops-agent sync is called by cron"',
  ])("stay as they are: %j", (line) => {
    expect(nameUserCommandsInHints(`${line}\n`)).toBe(`${line}\n`);
  });
});
