/** The script of a served model's page: `lib/tables/client/main.ts` with all it imports, bundled by `npm run build`. */
export const script: string;
