// Lengths of time as providers type them: `30 min`, `12 h`, `1 d 12 h`.

const SECONDS: Record<string, number> = { s: 1, min: 60, m: 60, h: 3_600, d: 86_400 };
const PART = /(\d+)\s*(min|[smhd])/g;

/** Reads a length as seconds; a sentence if it is none. */
export function parseDuration(text: string): number | string {
  const rest = text.replace(PART, '').trim();
  const parts = [...text.matchAll(PART)];
  if (text.trim() === '0') return 0;
  if (rest !== '' || parts.length === 0) return 'Enter a length, for instance 30 min, 12 h or 7 d.';
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * SECONDS[unit!]!, 0);
}

/** Seconds as text that reads back as the same: all of them, in the units that fit. */
export function writeDuration(seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const unit of ['d', 'h', 'min', 's']) {
    const count = Math.floor(rest / SECONDS[unit]!);
    if (count > 0) parts.push(`${count} ${unit}`);
    rest %= SECONDS[unit]!;
  }
  return parts.join(' ') || '0';
}
