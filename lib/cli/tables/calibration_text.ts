import type { CalibrationReport } from '../../tables/index.js';
import { fourDigits } from '../../tables/shown_cells.js';
import { estimateText } from './score_words.js';

/** Whether the probabilities are calibrated, in sentences. */
export function calibrationText({ calibrated, slope, gain, errorWithout, errorWith }: CalibrationReport): string {
  if (!calibrated)
    return `The probabilities are used as the network predicts them: calibration would not clearly improve them. Their calibration error is ${fourDigits(errorWithout)}.`;
  const why = slope < 1 ? 'too close to 0 and 1' : slope > 1 ? 'too far from 0 and 1' : 'shifted';
  return `The probabilities are calibrated, because those of the network were ${why}. On held-out rows, this lowers the log loss by ${estimateText(gain)} and the calibration error from ${fourDigits(errorWithout)} to ${fourDigits(errorWith)}.`;
}
