import { dealt } from './dealt';
import type { ReferenceLayer } from './layer';
import { channelsOf, withChannels } from './shape';

/** Branches over the same inputs. The channels of their outputs are added or concatenated. */
export function joined(branches: ReferenceLayer[], join: 'concatenate' | 'sum'): ReferenceLayer {
  const widths = branches.map((branch) => channelsOf(branch.outputs));
  const channels = join === 'sum' ? widths[0]! : widths.reduce((sum, width) => sum + width, 0);
  /** The first output channel of each branch. */
  const begins = widths.map((_, b) => (join === 'sum' ? 0 : widths.slice(0, b).reduce((sum, width) => sum + width, 0)));
  /** The index among the outputs of element i of branch b. */
  const place = (b: number, i: number) => Math.floor(i / widths[b]!) * channels + begins[b]! + (i % widths[b]!);
  return {
    outputs: withChannels(branches[0]!.outputs, channels),
    tensors: branches.flatMap((branch) => branch.tensors),
    forward(x, tensors, pass) {
      const parts = dealt(tensors, branches);
      const passed = branches.map((branch, b) => branch.forward(x, parts[b]!, pass));
      const outputs = new Float64Array((passed[0]!.outputs.length / widths[0]!) * channels);
      passed.forEach((part, b) => {
        part.outputs.forEach((value, i) => {
          outputs[place(b, i)]! += value;
        });
      });
      return {
        outputs,
        backward(upstream, gradients) {
          const shares = dealt(gradients, branches);
          const down = new Float64Array(x.length);
          passed.forEach((part, b) => {
            const own = part.outputs.map((_, i) => upstream[place(b, i)]!);
            part.backward(own, shares[b]!).forEach((g, i) => {
              down[i]! += g;
            });
          });
          return down;
        },
        observe: () => {
          for (const part of passed) part.observe?.();
        },
      };
    },
  };
}
