/** The number of items at a time. The engine shares its threads among runs, and rows are encoded beside a run. */
const mostAtATime = 2;

/** Works on a few items at a time. After a failure no new item is started, and those in progress end first. */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const place = next++;
      try {
        results[place] = await work(items[place]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: mostAtATime }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
