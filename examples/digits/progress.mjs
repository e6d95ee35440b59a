import { SingleBar } from 'cli-progress'; // draws and times the bar; small and widely used

const percent = (/** @type {number | undefined} */ share) =>
  share === undefined ? '–'.padEnd(7) : `${(100 * share).toFixed(2)} %`;
const perSecond = (/** @type {number | undefined} */ rate) =>
  `${String(Math.round((rate ?? 0) / 1000)).padStart(3)} k examples/s`;

/**
 * Shows a run until it ends: a live bar on a terminal, plain lines elsewhere.
 *
 * @param {import('glissade').Run} run
 */
export async function show(run) {
  return process.stdout.isTTY ? showBar(run) : showLines(run);
}

/** @param {import('glissade').Run} run */
async function showBar(run) {
  const words = 70 + 2 * String(run.progress.epochs).length; // columns that the text around the bar takes
  const bar = new SingleBar({
    format: 'epoch {epoch}/{epochs} {bar} loss {loss}  validation {accuracy}  {rate}  {eta_formatted} left',
    barsize: Math.max(6, Math.min(40, (process.stdout.columns || 80) - words)),
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    etaBuffer: 40,
  });
  /** @type {number | undefined} */
  let accuracy;
  const payload = () => {
    const { epoch, epochs, loss, examplesPerSecond } = run.progress;
    return {
      epoch,
      epochs,
      loss: loss?.toFixed(4) ?? '–'.padEnd(6),
      accuracy: percent(accuracy),
      rate: perSecond(examplesPerSecond),
    };
  };
  bar.start(run.progress.totalSteps, 0, payload());
  const timer = setInterval(() => bar.update(run.progress.steps, payload()), 100);
  try {
    for await (const { validation } of run) accuracy = validation?.accuracy;
  } finally {
    clearInterval(timer);
    bar.update(run.progress.steps, payload());
    bar.stop();
  }
}

/** @param {import('glissade').Run} run */
async function showLines(run) {
  const { epochs } = run.progress;
  const every = Math.ceil(epochs / 15);
  const begin = performance.now();
  for await (const { epoch, loss, validation, examplesPerSecond } of run) {
    if (epoch % every !== 0 && epoch !== epochs) continue;
    const left = ((performance.now() - begin) / epoch) * (epochs - epoch);
    console.log(
      `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  loss ${loss.toFixed(4)}  ` +
        `validation accuracy ${percent(validation?.accuracy)}  ${perSecond(examplesPerSecond)}  ${(left / 1000).toFixed(1)} s left`,
    );
  }
}
