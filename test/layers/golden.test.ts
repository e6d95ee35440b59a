import { network } from 'glissade';
import { greatestError } from '../support/closeness';
import { goldenLayers } from '../support/golden_layers';

const cases = goldenLayers.filter(({ mode, inputs }) => mode === 'evaluation' && !(typeof inputs === 'object' && 'cardinalities' in inputs));
describe.each(cases)('follows PyTorch: $name', (golden) => {
  test('outputs', () => {
    const last = golden.layers.at(-1)!;
    let model;
    try { model = network({ inputs: golden.inputs as number, layers: golden.layers as never, type: 'float64' }); }
    catch (e) { model = network({ inputs: golden.inputs as number, layers: [...golden.layers, {kind:'flatten'}] as never, type: 'float64' }); }
    expect([...model.tensors.keys()]).toEqual(golden.tensors.map(({ name }) => name));
    model.parameters.set(golden.parameters);
    expect(greatestError(model.predict(Float64Array.from(golden.x)), golden.outputs)).toBeLessThan(1e-12);
  });
});
