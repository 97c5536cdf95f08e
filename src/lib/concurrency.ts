/** Bounded concurrency. No domain knowledge. */

/**
 * Runs `work` on every item, at most `limit` at a time. After a failure no further item is begun.
 * @returns the results, in the order of the items
 * @throws one of the errors of `work`, when all items under way have ended
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  const queue = items.entries();
  let hasFailed = false;
  const runWorker = async () => {
    for (const [index, item] of queue) {
      if (hasFailed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, runWorker);
  // Waits for all: no work may still run when the caller cleans up after a failure.
  const ended = await Promise.allSettled(workers);
  const failed = ended.find((worker) => worker.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results;
}
