import type { Engine } from './page_connection.js';

/** The gzipped part of this page with a name, if the page carries it. */
function part(name: string): Blob | undefined {
  const text = document.getElementById(`carried-${name}`)?.textContent;
  if (!text) return undefined;
  return new Blob([Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0))]);
}

/** The engine that this page carries; undefined for a page of a server. */
export async function carriedEngine(size: 'full' | 'small'): Promise<Engine | undefined> {
  const worker = part('worker');
  if (!worker) return undefined;
  const script = await new Response(worker.stream().pipeThrough(new DecompressionStream('gzip'))).text();
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const [iris, digits] = [part('iris'), part('digits')];
  return {
    startWorker: () => new Worker(address),
    carried: { ...(iris && { iris }), ...(digits && { digits }) },
    size,
  };
}
