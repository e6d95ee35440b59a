// Browser versions of the functions of glissade/tables that need Node. Calling one throws an error.
import { GlissadeError } from '../errors.js';

const refuse = (message: string) => async (): Promise<never> => {
  throw new GlissadeError('ERR_UNSUPPORTED_PLATFORM', message);
};

/** In place of named_source.ts. */
export const namedSource = refuse(
  'files, addresses and queries are tables in Node alone. In a browser, give rows as objects, an Arrow table, or the text of a CSV as { csv: text }, such as one that fetch has got',
);

/** In place of serving/serve_model.ts. */
export const serveModel = refuse('serveModel needs Node: a browser has no servers. Call model.predict in the page');

/** In place of forecasting/serve_forecast.ts. */
export const serveForecast = refuse(
  'serveForecast needs Node: a browser has no servers. Call model.forecast in the page',
);
