/** The script of pages: `client` with all it imports, bundled by `npm run build`. */
export const script: string;
