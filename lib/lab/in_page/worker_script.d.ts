/** The script of a page's workers: `worker.ts` with all it imports but the module, bundled by `npm run build`. */
export const script: string;
