/** The text of an answer, if it has no more than `most` bytes. */
export async function readBounded(response: Response, most: number): Promise<string | undefined> {
  if (!response.body) return undefined;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > most) {
      await reader.cancel();
      return undefined;
    }
    parts.push(part.value);
  }
  return new Blob(parts).text();
}
