/** How many values a JSON document holds, itself included; stops counting above the limit. */
export function countValues(document: unknown, limit: number): number {
  const open: unknown[] = [document];
  let count = 0;
  while (open.length > 0 && count <= limit) {
    const value = open.pop();
    count += 1;
    if (typeof value !== 'object' || value === null) continue;
    for (const inner of Object.values(value)) {
      if (open.length > limit) return limit + 1;
      open.push(inner);
    }
  }
  return count;
}
