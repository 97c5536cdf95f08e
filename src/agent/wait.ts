/**
 * Has an attempt wait at the gate: plans what it would do, so that people see it, and changes nothing. Must not decide whether
 * the attempt waits.
 */
import type { Attempt, AttemptFacts, PlannedChange, Wait, WaitingAtGate } from "../core/model/attempt.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Plan } from "../core/model/plan.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import { enter, waitAtGate } from "../core/record/attempt.ts";
import type { Outcome } from "./outcome.ts";
import { type PrepareSettings, preparePlan, refuseForbidden } from "./prepare.ts";
import type { SyncPorts } from "./sync.ts";

const maxInterrupts = 20;

/**
 * Records that the attempt waits. The plan is made once, when the wait begins. A host that has the revision already has
 * nothing to wait for, and only what keeps it from being looked after is in the outcome.
 * @throws AgentError of preparing: the revision would be refused anyway
 */
export async function waitForGate(
  ports: SyncPorts,
  settings: PrepareSettings,
  { attempt, wait }: { readonly attempt: Attempt; readonly wait: Wait },
  before: SyncRecord,
  signal: AbortSignal,
): Promise<Outcome> {
  const inventory = await ports.state.loadInventory();
  const isApplied = inventory.revision?.commit === attempt.revision.commit;
  if (isApplied && inventory.applying === null) return { kind: "unchanged", record: before, waits: wait };
  const known = findSameWait(before, attempt, wait);
  if (known !== null) {
    return {
      kind: "unchanged",
      record: { ...before, attempt: { ...known, until: wait.until } },
      waits: wait,
    };
  }
  const would = await planChange(ports, settings, attempt, inventory, signal);
  const at = new Date(ports.clock.now()).toISOString();
  ports.events.emit({ type: "revision.waiting", revision: attempt.revision, wait });
  const waiting = enter(attempt, { phase: "waiting", ...wait, would }, at);
  return { kind: "unchanged", record: { ...before, attempt: waiting }, waits: wait };
}

/** The attempt as recorded, if it waits for the same already: then it keeps its time, its cause and its plan. */
function findSameWait(
  { attempt: last }: SyncRecord,
  { revision }: Attempt,
  wait: Wait,
): (AttemptFacts & WaitingAtGate) | null {
  if (last === null || last.revision.commit !== revision.commit) return null;
  const known = waitAtGate(last);
  return known?.for === wait.for ? known : null;
}

async function planChange(
  ports: SyncPorts,
  settings: PrepareSettings,
  { revision }: Attempt,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<PlannedChange> {
  const { plan } = await preparePlan(ports, settings, revision, inventory, signal);
  refuseForbidden(plan);
  return { steps: plan.steps.length, interrupts: listInterrupts(plan).slice(0, maxInterrupts) };
}

function listInterrupts({ steps, alongside }: Plan): readonly string[] {
  const verbs: readonly string[] = ["stop", "restart", "reload"];
  const named = steps.flatMap((step) =>
    verbs.includes(step.kind) && "unit" in step && step.unit !== null ? [step.unit] : [],
  );
  return [...new Set([...named, ...alongside.map(({ unit }) => unit)])].sort();
}
