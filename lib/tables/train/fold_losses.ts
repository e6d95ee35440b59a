/** The mean losses of the models of all folds in an epoch. */
export interface FoldLosses {
  readonly epoch: number;
  /** On the rows that were trained on. */
  readonly loss: number;
  /** On the held-out rows that decide when training ends. */
  readonly stopping: number;
  /** The least and the greatest of the latter among the folds. */
  readonly least: number;
  readonly greatest: number;
}

/** The model of a fold: the number of epochs after which its parameters were taken, and its losses in each epoch. */
interface FoldFit {
  readonly epochs: number;
  readonly history: readonly { readonly loss: number; readonly stopping?: number }[];
}

/**
 * The mean losses over folds, epoch by epoch. A fold whose training has ended counts with the losses of its best epoch, which are
 * those of its model.
 */
export function lossesOverFolds(fits: readonly FoldFit[]): FoldLosses[] {
  const longest = Math.max(...fits.map(({ history }) => history.length));
  if (fits.length < 2 || fits.some(({ history }) => history.length === 0)) return [];
  return Array.from({ length: longest }, (_, i) => {
    const all = fits.map(({ epochs, history }) => history[i] ?? history[epochs - 1]!);
    const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    const stopping = all.map((one) => one.stopping!);
    return {
      epoch: i + 1,
      loss: mean(all.map(({ loss }) => loss)),
      stopping: mean(stopping),
      least: Math.min(...stopping),
      greatest: Math.max(...stopping),
    };
  });
}
