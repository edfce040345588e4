/** One JSON value a line, streamed. (`node:readline` will not do: it also ends lines at U+2028, which JSON text may hold.) */
export async function* ndjson<T>(chunks: AsyncIterable<string>): AsyncGenerator<T> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line !== '') yield JSON.parse(line) as T;
  }
  if (rest !== '') yield JSON.parse(rest) as T;
}
