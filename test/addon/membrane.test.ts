import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { addonOf } from '../../lib/addon/wasm';
import { expectRefusal } from '../support/refusals';
import { FakeModule, MemoryOfFirefox } from '../support/wasm_module';

type Method = (...args: unknown[]) => unknown;
type Floats = Float32Array<ArrayBufferLike>;

const arraysIn = (value: unknown): Floats[] => {
  if (ArrayBuffer.isView(value)) return [value as Floats];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(arraysIn) : [];
};

/** Adds 1 to all numbers that it gets. */
const increment = (...args: unknown[]): void => {
  for (const array of arraysIn(args)) for (let i = 0; i < array.length; ++i) array[i]! += 1;
};

/** An object of the class `name` of a module's addon, with the given methods. */
function made(name: string, methods: Record<string, Method>, module = new FakeModule()) {
  const Class = { [name]: class {} }[name]!;
  for (const [key, method] of Object.entries(methods))
    Object.defineProperty(Class.prototype, key, { value: method, writable: true, configurable: true });
  module.addon = { [name]: Class };
  const addon = addonOf(module) as Record<string, new (...args: unknown[]) => Record<string, Method>>;
  return new addon[name]!();
}

describe('a method of the module', () => {
  // The declarations in lib/addon say which arguments a method writes to.
  test.each<[string, string, number, number[]]>([
    ['Network', 'predict', 3, [2]],
    ['Network', 'evaluate', 3, []],
    ['Network', 'differentiate', 7, [4, 6]],
    ['Network', 'gradientVariance', 4, [2, 3]],
    ['Network', 'readParameters', 1, [0]],
    ['Network', 'copySnapshot', 2, [1]],
    ['Optimizer', 'stepAsync', 2, [0]],
    ['Optimizer', 'catchUp', 1, [0]],
    ['Optimizer', 'points', 4, [3]],
    ['Trainer', 'saveImage', 1, [0]],
    ['Trainer', 'step', 2, []],
    ['Dictionary', 'encode', 3, [2]],
    ['Dictionary', 'findLong', 5, [4]],
    ['Dictionary', 'encodeRecords', 7, [6]],
    ['TextFeatures', 'count', 1, [0]],
  ])("of %s, %s, changes the user's arrays where it writes to them", (name, key, count, writes) => {
    const args = Array.from({ length: count }, (_, i) => Float32Array.of(i));
    made(name, { [key]: increment })[key]!(...args);
    expect(args.map(([value], i) => value! - i)).toEqual(args.map((_, i) => (writes.includes(i) ? 1 : 0)));
  });

  test('that is asynchronous changes them at its end', async () => {
    const { promise, resolve } = deferred();
    const optimizer = made('Optimizer', { stepAsync: (...args) => promise.then(() => increment(...args)) });
    const parameters = Float32Array.of(1);
    const end = optimizer.stepAsync!([parameters], [Float32Array.of(5)]);
    expect([...parameters]).toEqual([1]);
    resolve();
    await end;
    expect([...parameters]).toEqual([2]);
  });

  test('changes them although it throws', () => {
    const network = made('Network', {
      predict(...args) {
        increment(args[2]);
        throw new Error('too late');
      },
    });
    const outputs = Float32Array.of(1);
    expect(() => network.predict!(1, 2, outputs)).toThrow('too late');
    expect([...outputs]).toEqual([2]);
  });
});

function deferred() {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('an optimizer over arrays of the user', () => {
  /** Its steps add the gradient to the parameters. */
  function example(fails = false) {
    let arrays: Floats[][] = [];
    const seen: number[][] = [];
    const optimizer = made('Optimizer', {
      borrow(...args) {
        arrays = args as Floats[][];
      },
      step() {
        arrays[0]![0]![0]! += arrays[1]![0]![0]!;
        if (fails) throw new Error('not finite');
      },
      points() {
        seen.push(Array.from(arrays[0]![0]!));
      },
    });
    const [parameters, gradient] = [Float32Array.of(10), Float32Array.of(1)];
    optimizer.borrow!([parameters], [gradient]);
    return { optimizer, parameters, gradient, seen };
  }

  test('moves these, by the gradients that they contain at each step', () => {
    const { optimizer, parameters, gradient } = example();
    optimizer.step!();
    expect(parameters[0]).toBe(11);
    gradient[0] = 5;
    parameters[0] = 100;
    optimizer.step!();
    expect(parameters[0]).toBe(105);
  });

  test('finds its other points from the parameters as they are', () => {
    const { optimizer, parameters, seen } = example();
    optimizer.step!();
    parameters[0] = 7;
    optimizer.points!('evaluation');
    expect(seen).toEqual([[7]]);
  });

  test('frees its copies when it is collected, also where that frees no buffer', async () => {
    const module = new FakeModule(new MemoryOfFirefox());
    const borrow = () => {
      const optimizer = made('Optimizer', { borrow() {} }, module);
      optimizer.borrow!([Float32Array.of(1)], [Float32Array.of(2)]);
      optimizer.borrow!([Float32Array.of(1)], [Float32Array.of(2)]);
    };
    borrow();
    expect(module.freed).toHaveLength(2); // of the first arrays
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let i = 0; i < 100 && module.freed.length < 4; ++i) {
      await new Promise(setImmediate);
      collect();
    }
    expect(module.freed).toHaveLength(4);
    expect(module.reported).toBe(0);
  });

  test('leaves in them what a step has done before it throws', () => {
    const { optimizer, parameters } = example(true);
    expect(() => optimizer.step!()).toThrow('not finite');
    expect(parameters[0]).toBe(11);
  });
});

describe('a loss of the user', () => {
  /** A call of the module that calls the loss, with what that gets: outputs, targets and the gradient. */
  function called(loss: Method) {
    const module = new FakeModule();
    const given: Floats[] = [];
    module.addon = {
      Network: class {
        evaluate(callback: Method) {
          const [outputs, targets, gradient] = [1, 2, 0].map((value) => {
            const { buffer, byteOffset } = addon.newResult(4);
            return new Float32Array(buffer, byteOffset, 1).fill(value);
          });
          given.push(outputs!, targets!, gradient!);
          callback(outputs, targets, 1, 1, gradient);
        }
      },
    };
    const addon = addonOf(module) as {
      newResult(length: number): Uint8Array;
      Network: new () => Record<string, Method>;
    };
    const network = new addon.Network();
    return { call: () => network.evaluate!(loss), module, given };
  }

  test('gets copies, and its gradient is the module’s', () => {
    const { call, given } = called((outputs, targets, _rows, _columns, gradient) => {
      (gradient as Floats)[0] = (outputs as Floats)[0]! + (targets as Floats)[0]!;
      for (const array of [outputs, targets, gradient]) expect((array as Floats).buffer).toBeInstanceOf(ArrayBuffer);
    });
    call();
    expect([...given[2]!]).toEqual([3]);
  });

  test('leaves no memory behind, although it throws', () => {
    const { call, module, given } = called(() => {
      throw new Error('mine');
    });
    expect(call).toThrow('mine');
    expect(call).toThrow('mine'); // a call frees what the one before it has left
    expect(module.freed).toEqual(expect.arrayContaining(given.slice(0, 3).map((array) => array.byteOffset)));
  });

  test('may not detach its gradient', () => {
    const { call } = called((...args) => {
      const { buffer } = args[4] as Floats;
      structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    });
    expectRefusal(call, 'ERR_DETACHED', 'the gradient of the loss');
  });
});

describe('the module', () => {
  test('refuses what needs files, or memory of another thread', () => {
    const module = new FakeModule();
    module.addon = { Run: class {}, Trainer: class {}, Communicator: class {}, Network: class {} };
    const addon = addonOf(module) as Record<string, new (...args: unknown[]) => unknown>;
    const elsewhere = new Float64Array(new SharedArrayBuffer(8));
    for (const [create, what] of [
      [() => new addon.Run!({}, { checkpoint: 'here' }), 'writing checkpoints during a run'],
      [() => new addon.Trainer!({}, {}, elsewhere), 'a trainer over memory of another thread'],
      [() => new addon.Communicator!(), 'training on several ranks'],
    ] as const)
      expectRefusal(create, 'ERR_UNSUPPORTED_PLATFORM', what);
    expect(new addon.Run!({}, {})).toBeDefined();
    const network = made('Network', { bind() {} });
    expectRefusal(() => network.bind!(elsewhere), 'ERR_UNSUPPORTED_PLATFORM', 'a model over memory of another thread');
  });

  test('uses only arrays of its own memory in place', () => {
    const module = new FakeModule();
    const options: unknown[] = [];
    module.addon = {
      Dataset: class {
        constructor(given: unknown) {
          options.push(given);
        }
      },
    };
    const addon = addonOf(module) as {
      newBytes(length: number): Uint8Array;
      Dataset: new (options: object) => unknown;
    };
    const { buffer, byteOffset } = addon.newBytes(8);
    const own = new Float32Array(buffer, byteOffset, 2);
    for (const values of [own, new Float32Array(2)])
      new addon.Dataset({ blocks: [{ inPlace: true, values }], targets: values, targetsInPlace: true });
    const uses = options.map((each) => {
      const { blocks, targetsInPlace } = each as { blocks: { inPlace: boolean }[]; targetsInPlace: boolean };
      return [blocks[0]!.inPlace, targetsInPlace];
    });
    expect(uses).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});
