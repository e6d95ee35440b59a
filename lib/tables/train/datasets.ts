import type { Dataset } from '../../data/dataset.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { ranksOf, type Table } from '../table.js';

/** The rows of a table as a dataset; if each rank has a part of the table, those of this rank as its shard. */
export async function datasetOf(pipeline: FittedPipeline, table: Table): Promise<Dataset> {
  const data = pipeline.dataset(table);
  const ranks = ranksOf(table);
  return ranks ? data.shard(ranks) : data;
}
