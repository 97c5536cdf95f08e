/** Bounded concurrency. No domain knowledge. */

/**
 * Runs `work` on every item, at most `limit` at a time; the results are in the order of the items.
 * After a failure no further item is begun; when those under way have ended, an error is thrown.
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
  // Nothing may still be running when the caller cleans up after a failure.
  const ended = await Promise.allSettled(workers);
  const failed = ended.find((worker) => worker.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results;
}
