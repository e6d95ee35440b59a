/** The script of live pages: `lib/lab/client/live_main.ts` with all it imports, bundled by `npm run build`. */
export const script: string;
