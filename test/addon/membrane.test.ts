import { addonOf, type WasmModule } from '../../lib/addon/wasm';

type Call = (...args: unknown[]) => unknown;

/** A module whose addon has an `Optimizer` that keeps what it gets. */
function fakeModule() {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
  const got: unknown[] = [];
  let free = 0;
  let allocations = 0;
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
  const module: WasmModule = {
    addon: { Optimizer },
    memory,
    buffers: new WeakSet(),
    allocate(alignment, bytes) {
      ++allocations;
      const pointer = Math.ceil((free + 1) / alignment) * alignment;
      free = pointer + bytes;
      return pointer;
    },
    free() {},
  };
  return { module, got, allocations: () => allocations };
}

describe("an optimizer of the WebAssembly module's", () => {
  /** Takes some steps. Returns how many pieces of memory they take, and whether the module gets the arrays themselves. */
  async function steps(arrays: (newBytes: (length: number) => Uint8Array) => [Float32Array, Float32Array]) {
    const { module, got, allocations } = fakeModule();
    const addon = addonOf(module) as {
      newBytes(length: number): Uint8Array;
      Optimizer: new () => Record<string, Call>;
    };
    const [parameters, gradient] = arrays(addon.newBytes);
    const optimizer = new addon.Optimizer();
    const before = allocations();
    optimizer.borrow!([parameters], [gradient], [undefined]);
    for (let i = 0; i < 3; ++i) optimizer.step!();
    await optimizer.stepAsync!([parameters], [gradient]);
    optimizer.points!('evaluation', [parameters], [gradient]);
    const own = got.filter((each) => ArrayBuffer.isView(each));
    return {
      allocations: allocations() - before,
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
