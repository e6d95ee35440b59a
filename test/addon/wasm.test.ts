import { addonOf } from '../../lib/addon/wasm';
import { Exchange } from '../../lib/addon/wasm/exchange';
import { Membrane } from '../../lib/addon/wasm/membrane';
import { WasmMemory } from '../../lib/addon/wasm/memory';
import { expectRefusal } from '../support/refusals';
import { FakeModule, MemoryOfFirefox } from '../support/wasm_module';

const made = () => {
  const module = new FakeModule();
  return { module, memory: new WasmMemory(module) };
};
const floatsIn = (memory: WasmMemory, values: number[]) => {
  const bytes = memory.newBytes(4 * values.length);
  const array = new Float32Array(bytes.buffer, bytes.byteOffset, values.length);
  array.set(values);
  return array;
};

describe('memory of the module', () => {
  test('is given in zeroed pieces that begin at a cache line', () => {
    const { memory } = made();
    for (const length of [1, 64, 100]) {
      const bytes = memory.newBytes(length);
      expect(bytes).toEqual(new Uint8Array(length));
      expect(bytes.byteOffset % 64).toBe(0);
      expect(memory.has(bytes)).toBe(true);
    }
    expect(memory.has(new Uint8Array(1))).toBe(false);
  });

  test('is reported to the garbage collector until it is freed', () => {
    const { module, memory } = made();
    const [one, other] = [memory.newBytes(100), memory.newBytes(640)];
    expect(module.reported).toBe(128 + 640);
    memory.free(one);
    memory.free(one);
    expect([module.reported, module.freed]).toEqual([640, [one.byteOffset]]);
    memory.free(other);
    expect(module.reported).toBe(0);
  });

  test('is freed piece by piece where growing by nothing makes no new buffer object', () => {
    const module = new FakeModule(new MemoryOfFirefox());
    const memory = new WasmMemory(module);
    const kept = [memory.newBytes(8), memory.newBytes(8)];
    expect(new Set(kept.map(({ buffer }) => buffer)).size).toBe(2);
    const size = module.memory.buffer.byteLength;
    const passing = [memory.temporaryBytes(8), memory.temporaryBytes(8)];
    expect(module.memory.buffer.byteLength).toBe(size);
    for (const bytes of [...passing, ...kept]) {
      expect(memory.has(bytes)).toBe(true);
      memory.free(bytes);
      expect(module.freed.at(-1)).toBe(bytes.byteOffset);
    }
    expect(module.reported).toBe(0);
  });

  test('is shared by pieces once it can grow no further', () => {
    const module = new FakeModule(new MemoryOfFirefox());
    const memory = new WasmMemory(module);
    for (let i = 0; i < 40; ++i) memory.newBytes(8); // the memory has 16 pages at most
    expect(module.allocations).toBe(40);
    expect(memory.newBytes(8).buffer).toBe(memory.newBytes(8).buffer);
  });

  test('can come to its end', () => {
    for (const bytes of [65536, 2 ** 32]) {
      expectRefusal(() => made().memory.newBytes(bytes), 'ERR_OUT_OF_RANGE', 'while the event loop runs');
      expectRefusal(
        () => new Exchange(made().memory).take([new Uint8Array(65536)]),
        'ERR_OUT_OF_RANGE',
        'no 65536 bytes',
      );
    }
  });
});

describe('arrays for a call', () => {
  test('are copied, and copied back where the call writes', () => {
    const { memory } = made();
    const [read, written] = [Float32Array.of(1, 2), Float64Array.of(3)];
    const exchange = new Exchange(memory);
    const [x, { y }] = exchange.take([read, { y: written }]) as [Float32Array, { y: Float64Array }];
    expect([x, y]).toEqual([read, written]);
    expect([x, y].every((copy) => memory.has(copy))).toBe(true);
    [x[0], y[0]] = [7, 8];
    exchange.copyBack([{ y: written }]);
    expect([[...read], [...written]]).toEqual([[1, 2], [8]]);
  });

  test('are used in place if they are in the memory of the module', () => {
    const { module, memory } = made();
    const own = floatsIn(memory, [1, 2]);
    const { reported } = module;
    expect(new Exchange(memory).take([own])[0]).toBe(own);
    expect(module.reported).toBe(reported);
    expect(new Exchange(memory).take([Float32Array.of(3), own])[1]).toBe(own);
  });

  test.each([false, true])('overlap as those of the user, the later one first: %s', (isReversed) => {
    const { module, memory } = made();
    const all = new Float32Array(64);
    const views = [all.subarray(0, 48), all.subarray(16)];
    const [one, other] = new Exchange(memory).take(isReversed ? views.reverse() : views) as Float32Array[];
    const [first, last] = isReversed ? [other!, one!] : [one!, other!];
    first[20] = 9;
    expect(last[4]).toBe(9);
    expect(module.reported).toBe(all.byteLength);
  });

  test('are copied without what is between them in the buffer of the user', () => {
    const { module, memory } = made();
    const all = new Float32Array(10_000).fill(1);
    const taken = new Exchange(memory).take([all.subarray(9996), all.subarray(0, 4), all.subarray(2, 6)]);
    expect(taken).toEqual([all.subarray(9996), all.subarray(0, 4), all.subarray(2, 6)]);
    expect(module.allocations).toBe(2);
    expect(module.reported).toBeLessThan(500);
  });

  test('are freed after it', () => {
    const { module, memory } = made();
    const exchange = new Exchange(memory);
    exchange.take([Float32Array.of(1), Float32Array.of(2)]);
    exchange.end();
    expect([module.freed.length, module.reported]).toEqual([2, 0]);
  });
});

describe('functions of the module', () => {
  test('return copies, and nothing that a call used is left', () => {
    const module = new FakeModule();
    const membrane = new Membrane(module);
    const { twice } = membrane.wrapExports({
      twice: (x: Float32Array) => {
        const { buffer, byteOffset } = membrane.newResult(x.byteLength);
        const result = new Float32Array(buffer, byteOffset, x.length);
        result.set(x.map((value) => 2 * value));
        return { result };
      },
    }) as { twice(x: Float32Array): { result: Float32Array } };
    const { result } = twice(Float32Array.of(1, 2));
    expect([...result]).toEqual([2, 4]);
    expect(membrane.has(result)).toBe(false);
    expect([module.freed.length, module.reported]).toEqual([2, 0]);
  });
});

type Call = (...args: unknown[]) => unknown;

/** A module whose addon has an `Optimizer` that keeps what it gets. */
function moduleWithOptimizer() {
  const module = new FakeModule();
  const got: unknown[] = [];
  const keep = (...args: unknown[]) => void got.push(...args.flat());
  class Optimizer {
    borrow(...args: unknown[]) {
      keep(...args);
    }
    step(...args: unknown[]) {
      keep(...args);
    }
    async stepAsync(...args: unknown[]) {
      keep(...args);
    }
    points(...args: unknown[]) {
      keep(...args);
    }
  }
  module.addon = { Optimizer };
  return { module, got };
}

describe("an optimizer of the WebAssembly module's", () => {
  /** Takes some steps. Returns how many pieces of memory they take, and whether the module gets the arrays themselves. */
  async function steps(arrays: (newBytes: (length: number) => Uint8Array) => [Float32Array, Float32Array]) {
    const { module, got } = moduleWithOptimizer();
    const addon = addonOf(module) as {
      newBytes(length: number): Uint8Array;
      Optimizer: new () => Record<string, Call>;
    };
    const [parameters, gradient] = arrays(addon.newBytes);
    const optimizer = new addon.Optimizer();
    const before = module.allocations;
    optimizer.borrow!([parameters], [gradient], [undefined]);
    for (let i = 0; i < 3; ++i) optimizer.step!();
    await optimizer.stepAsync!([parameters], [gradient]);
    optimizer.points!('evaluation', [parameters], [gradient]);
    const own = got.filter((each) => ArrayBuffer.isView(each));
    return {
      allocations: module.allocations - before,
      areOurs: own.map((each) => each === parameters || each === gradient),
    };
  }
  const floatsOf = ({ buffer, byteOffset }: Uint8Array) => new Float32Array(buffer, byteOffset, 4);

  test('uses arrays in memory of the module in place', async () => {
    const { allocations, areOurs } = await steps((newBytes) => [floatsOf(newBytes(16)), floatsOf(newBytes(16))]);
    expect(allocations).toBe(0);
    expect(areOurs).toEqual([true, true, true, true, true, true]);
  });

  test('gets copies of other arrays', async () => {
    const { allocations, areOurs } = await steps(() => [new Float32Array(4), new Float32Array(4)]);
    expect(allocations).toBeGreaterThan(0);
    expect(areOurs).toEqual([false, false, false, false, false, false]);
  });
});
