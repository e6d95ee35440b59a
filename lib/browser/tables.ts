// What of glissade/tables needs Node: in a browser, it refuses.
import { GlissadeError } from '../errors.js';

const refuse = (message: string) => async (): Promise<never> => {
  throw new GlissadeError('ERR_UNSUPPORTED_PLATFORM', message);
};

/** In place of serving/serve_model.ts. */
export const serveModel = refuse('serveModel needs Node: a browser has no servers. Call model.predict in the page');

/** In place of forecasting/serve_forecast.ts. */
export const serveForecast = refuse(
  'serveForecast needs Node: a browser has no servers. Call model.forecast in the page',
);
