import { type ErrorCode, errorWith } from '../../errors.js';
import { type ForecastModel, loadForecastModel, loadTableModel, type TableModel } from '../../tables/index.js';
import { loadModel, type Network } from '../../training/network.js';

/** The model of a file, with its pipeline. */
export const tableModelIn = (file: string): Promise<TableModel> => reading(file, () => loadTableModel(file));

/** The model of forecasts of a file. */
export const forecastModelIn = (file: string): Promise<ForecastModel> => reading(file, () => loadForecastModel(file));

/** The network of a file, with or without a pipeline. */
export const networkIn = (file: string): Promise<Network> => reading(file, () => loadModel(file));

/** Reads a file. Errors about its contents get the name of the file. */
async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code, message } = error as Error & { code?: ErrorCode };
    throw code === undefined || message.includes(file) ? error : errorWith(code, `${file}: ${message}`, error);
  }
}
