// Reads ranges of a file from the hub.
export async function range(url: string, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
  const reply = await fetch(url, { headers: { Range: `bytes=${from}-${to - 1}` } });
  if (!reply.ok) throw new Error(reply.headers.get('X-Error-Message') ?? reply.statusText);
  const bytes = new Uint8Array(await reply.arrayBuffer());
  return reply.status === 206 ? bytes : bytes.slice(from, to);
}
