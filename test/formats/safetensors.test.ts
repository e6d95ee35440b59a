import { headerLength, headerOf } from '../../lib/formats/safetensors';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { detach } from '../support/buffers';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';
import { close, type Header, open } from '../support/safetensors';
import { expectUnmoved } from '../support/unmoved';

function stepped(
  rule: Rule = adam(),
  parameters: (Float32Array | Float64Array)[] = [new Float32Array(3), new Float32Array(1)],
): Optimizer {
  const optimizer = new Optimizer(parameters, rule);
  const Class = parameters[0]!.constructor as typeof Float32Array;
  optimizer.step(parameters.map(({ length }) => new Class(length).fill(0.5)));
  optimizer.step(parameters.map(({ length }) => new Class(length).fill(-0.25)));
  return optimizer;
}

const countersWith = (steps: number) => new Uint8Array(Float64Array.of(steps, 0, 0, 0).buffer);

describe('the file of an optimizer', () => {
  test('follows the safetensors format: length, JSON header, data', () => {
    const optimizer = stepped();
    const { header, body } = open(optimizer.save());
    expect(header).toEqual({
      __metadata__: { format: 'glissade.optimizer', rule: 'adam', parameters: 'float32[3, 1]' },
      'm.0': { dtype: 'F32', shape: [3], data_offsets: [0, 12] },
      'm.1': { dtype: 'F32', shape: [1], data_offsets: [12, 16] },
      'v.0': { dtype: 'F32', shape: [3], data_offsets: [16, 28] },
      'v.1': { dtype: 'F32', shape: [1], data_offsets: [28, 32] },
      counters: { dtype: 'F64', shape: [4], data_offsets: [32, 64] },
    });
    const numbers = ['m', 'v'].flatMap((name) => optimizer.state.get(name)!.flatMap((array) => [...array]));
    expect([...new Float32Array(body.slice(0, 32).buffer)]).toEqual(numbers);
    expect([...new Float64Array(body.slice(32).buffer)]).toEqual([2, 0, 0, 0]);
  });

  test('has its data aligned to 8 bytes', () => {
    const bytes = stepped(adam({ amsgrad: true }), [new Float64Array(2)]).save();
    expect((bytes.length - open(bytes).body.length) % 8).toBe(0);
  });

  test('is refused if truncated anywhere', async () => {
    const optimizer = stepped();
    const bytes = stepped().save();
    for (const length of range(bytes.length))
      await expectUnmoved(optimizer, () =>
        expectRefusal(() => optimizer.restore(bytes.subarray(0, length)), 'ERR_CORRUPT_FILE'),
      );
  });

  test('is read completely or refused with a code, with any bit of its header flipped', async () => {
    const bytes = stepped().save();
    const headerLength = bytes.length - open(bytes).body.length;
    for (const bit of range(8 * headerLength)) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const optimizer = stepped();
      await expectUnmoved(optimizer, () => {
        try {
          optimizer.restore(damaged);
        } catch (error) {
          const { code } = error as { code?: string };
          expect(['ERR_CORRUPT_FILE', 'ERR_INVALID_ARGUMENT']).toContain(code);
          return;
        }
        optimizer.restore(bytes); // a change of the step count or of a metadata key can't be detected
      });
    }
  });

  test.each<[string, (header: Header, body: Uint8Array) => Uint8Array]>([
    ['no metadata', ({ __metadata__, ...header }, body) => close(header, body)],
    ['null as metadata', (header, body) => close({ ...header, __metadata__: null }, body)],
    ['a string as metadata', (header, body) => close({ ...header, __metadata__: 'glissade' }, body)],
    ['the metadata of something else', (header, body) => close({ ...header, __metadata__: { format: 'pt' } }, body)],
    [
      'no step count',
      (header, body) => close({ ...header, __metadata__: { format: 'glissade.optimizer', rule: 'adam' } }, body),
    ],
    [
      'a negative step count',
      (header, body) =>
        close({ ...header, __metadata__: { format: 'glissade.optimizer', rule: 'adam', steps: '-1' } }, body),
    ],
    [
      'a step count beyond all integers',
      (header, body) => close(header, new Uint8Array([...body.subarray(0, 32), ...countersWith(1e30)])),
    ],
    [
      'a step count that is not a number',
      (header, body) => close(header, new Uint8Array([...body.subarray(0, 32), ...countersWith(Number.NaN)])),
    ],
    ['a header that is an array', (_, body) => close([], body)],
    ['a header that is null', (_, body) => close(null, body)],
    ['a header that is a number', (_, body) => close(7, body)],
    ['an entry that is null', (header, body) => close({ ...header, 'm.0': null }, body)],
    ['an entry without offsets', (header, body) => close({ ...header, 'm.0': { dtype: 'F32', shape: [3] } }, body)],
    [
      'an unknown type',
      (header, body) => close({ ...header, 'm.0': { dtype: 'F8', shape: [3], data_offsets: [0, 3] } }, body),
    ],
    [
      'the name of a method as type',
      (header, body) => close({ ...header, 'm.0': { dtype: 'toString', shape: [3], data_offsets: [0, 12] } }, body),
    ],
    [
      'offsets before the data',
      (header, body) => close({ ...header, 'm.0': { dtype: 'F32', shape: [3], data_offsets: [-12, 0] } }, body),
    ],
    [
      'offsets beyond the data',
      (header, body) => close({ ...header, 'v.1': { dtype: 'F32', shape: [1], data_offsets: [32, 36] } }, body),
    ],
    [
      'an offset that is an object without a number value',
      (header, body) => {
        const end = { toString: 0, valueOf: 0 } as unknown as number;
        return close({ ...header, 'v.1': { dtype: 'F32', shape: [1], data_offsets: [28, end] } }, body);
      },
    ],
    [
      'offsets that do not fit the shape',
      (header, body) => close({ ...header, 'm.0': { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, body),
    ],
    [
      'fractions as offsets',
      (header, body) => close({ ...header, 'm.0': { dtype: 'F32', shape: [3], data_offsets: [0.5, 12.5] } }, body),
    ],
    [
      'data that overlap',
      (header, body) => close({ ...header, 'v.0': { dtype: 'F32', shape: [3], data_offsets: [0, 12] } }, body),
    ],
    ['bytes left over', (header, body) => close(header, new Uint8Array([...body, 0, 0, 0, 0]))],
    [
      'an invalid shape',
      (header, body) => close({ ...header, 'm.0': { dtype: 'F32', shape: [-1, -3], data_offsets: [0, 12] } }, body),
    ],
    [
      'a missing tensor',
      (header, body) => {
        const { 'v.1': _, ...others } = header;
        return close(others, body.subarray(0, 28));
      },
    ],
    ...['rule', 'parameters'].map((key): [string, (header: Header, body: Uint8Array) => Uint8Array] => [
      `no ${key}`,
      (header, body) =>
        close({ ...header, __metadata__: { ...(header.__metadata__ as object), [key]: undefined } }, body),
    ]),
    ['nothing at all', () => new Uint8Array(0)],
    ['zeros', () => new Uint8Array(64)],
    ['text', () => new Uint8Array(Buffer.from('{"this": "is a JSON file, not a state"}'))],
    ['a header longer than any file', () => new Uint8Array(64).fill(0xff)],
  ])('is refused with %s', async (_, damage) => {
    const { header, body } = open(stepped().save());
    const optimizer = stepped();
    await expectUnmoved(optimizer, () =>
      expectRefusal(() => optimizer.restore(damage(header, body)), 'ERR_CORRUPT_FILE'),
    );
  });

  test.each<[string, Optimizer, string[]]>([
    ['another rule', stepped(adamw()), ['adamw', 'adam']],
    ['another formula of the rule', stepped(adam({ amsgrad: true })), ['adam.amsgrad', 'adam']],
    ['a rule without states', stepped(sgd()), ['sgd', 'adam']],
    [
      'parameters of another length',
      stepped(adam(), [new Float32Array(3), new Float32Array(2)]),
      ['float32[3, 2]', 'float32[3, 1]'],
    ],
    [
      'parameters of another type',
      stepped(adam(), [new Float64Array(3), new Float64Array(1)]),
      ['float64[3, 1]', 'float32[3, 1]'],
    ],
    ['fewer parameters', stepped(adam(), [new Float32Array(3)]), ['float32[3]', 'float32[3, 1]']],
    [
      'more parameters',
      stepped(adam(), [new Float32Array(3), new Float32Array(1), new Float32Array(2)]),
      ['float32[3, 1, 2]', 'float32[3, 1]'],
    ],
  ])('is refused from %s', async (_, other, names) => {
    const optimizer = stepped();
    await expectUnmoved(optimizer, () =>
      expectRefusal(() => optimizer.restore(other.save()), 'ERR_INVALID_ARGUMENT', ...names),
    );
  });

  test('is refused from other parameters by a rule without states', async () => {
    const optimizer = stepped(sgd());
    const other = stepped(sgd(), [new Float64Array(3)]);
    await expectUnmoved(optimizer, () =>
      expectRefusal(() => optimizer.restore(other.save()), 'ERR_INVALID_ARGUMENT', 'float64[3]', 'float32[3, 1]'),
    );
  });

  test.each<[unknown, string]>([
    [undefined, 'undefined'],
    ['bytes', '"bytes"'],
    [new ArrayBuffer(8), 'ArrayBuffer'],
    [[1, 2], 'array'],
    [new Float32Array(9), 'Float32Array'],
  ])('must be a Uint8Array, not %p', (bytes, received) => {
    expectRefusal(
      () => stepped().restore(bytes as Uint8Array),
      'ERR_INVALID_ARGUMENT',
      'bytes',
      'Uint8Array',
      received,
    );
  });

  test('is accepted with its tensors in any order, including empty ones', () => {
    const parameters = () => [new Float32Array(3), new Float32Array(0)];
    const [from, to] = [stepped(adam(), parameters()), new Optimizer(parameters(), adam())];
    const { header, body } = open(from.save());
    to.restore(close(Object.fromEntries(Object.entries(header).reverse()), body));
    expect(to.state).toEqual(from.state);
  });

  test('is accepted as a Buffer', () => {
    const [from, to] = [stepped(), stepped(adam(), [new Float32Array(3), new Float32Array(1)])];
    to.step([new Float32Array(3).fill(1), new Float32Array(1)]);
    to.restore(Buffer.from(from.save()));
    expect(to.state).toEqual(from.state);
  });

  test('is refused if its buffer was transferred', () => {
    const bytes = detach(stepped().save());
    expectRefusal(() => stepped().restore(bytes), 'ERR_DETACHED', 'bytes');
  });
});

test('refuses to read or write a header longer than the format allows', () => {
  const first = new Uint8Array(8);
  new DataView(first.buffer).setBigUint64(0, 100_000_001n, true);
  expectRefusal(() => headerLength(first, 2 ** 40), 'ERR_CORRUPT_FILE', 'its header has more than 100000000 bytes');
  const metadata = { replies: 'x'.repeat(1e8) };
  expectRefusal(() => headerOf({ tensors: new Map(), metadata }), 'ERR_OUT_OF_RANGE', 'at most 100000000 bytes');
});

test('a file of torch.save is recognised, and the message says what to call instead', () => {
  for (const more of ['rest of the archive', 'rest'])
    expectRefusal(
      () => headerLength(Buffer.from(`PK\x03\x04${more}`), 1000),
      'ERR_CORRUPT_FILE',
      'it is a zip archive, as torch.save writes; write it with safetensors.torch.save_file',
    );
});
