import { ParameterData } from '../../lib/models/parameter_data';
import { range } from '../support/numbers';

test('the bytes of a file are those at its start, whenever they change', () => {
  for (const copied of [0, 3, 4, 10]) {
    const bytes = Uint8Array.from(range(10));
    const data = new ParameterData(bytes);
    const file = new Uint8Array(10);
    data.copy(0, file.subarray(0, copied));
    data.keep();
    bytes.fill(99);
    data.keep(); // once is enough
    for (let at = copied; at < 10; at += 2) data.copy(at, file.subarray(at, at + 2));
    expect([...file]).toEqual(range(10));
  }
});
