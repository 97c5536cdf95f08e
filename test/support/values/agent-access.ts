/** What an integration may ask of an agent, with nothing behind it. */
import type { AgentAccess } from "../../../src/core/ports/integration.ts";
import { inSync } from "./status-fixture.ts";

export function makeAgentAccess(changes: Partial<AgentAccess> = {}): AgentAccess {
  return {
    readStatus: async () => inSync,
    readOthers: async () => [],
    hintPush: () => undefined,
    tell: () => undefined,
    ...changes,
  };
}
