/**
 * The Lorenz curve of weights: which share of the holders, the smallest first, has which share of the weight. From
 * 0 to 1 on both axes. M. O. Lorenz, "Methods of measuring the concentration of wealth", 1905.
 */
export function lorenz(weights: readonly bigint[]): { holders: number; weight: number }[] {
  const sorted = weights.filter((weight) => weight > 0n).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const total = sorted.reduce((sum, weight) => sum + weight, 0n);
  let sum = 0n;
  const points = sorted.map((weight, i) => {
    sum += weight;
    return { holders: (i + 1) / sorted.length, weight: Number((sum * 1_000_000n) / total) / 1_000_000 };
  });
  return [{ holders: 0, weight: 0 }, ...points];
}
