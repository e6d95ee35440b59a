import { addonOf } from '../../lib/addon/wasm';
import { expectRefusal } from '../support/refusals';
import { FakeModule } from '../support/wasm_module';

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
  // By the declarations in lib/addon.
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

  test('leaves in them what a step has done before it throws', () => {
    const { optimizer, parameters } = example(true);
    expect(() => optimizer.step!()).toThrow('not finite');
    expect(parameters[0]).toBe(11);
  });
});

describe('a loss of the user', () => {
  /** The gradient in the module's memory after the loss was called, and the module. */
  function called(loss: Method) {
    const module = new FakeModule();
    let gradient: Floats | undefined;
    const inModule = (value: number) => {
      const { buffer, byteOffset } = (addonOf(module).newBytes as (length: number) => Uint8Array)(4);
      return new Float32Array(buffer, byteOffset, 1).fill(value);
    };
    const network = made(
      'Network',
      {
        evaluate(callback) {
          gradient = inModule(0);
          (callback as Method)(inModule(1), inModule(2), 1, 1, gradient);
        },
      },
      module,
    );
    const call = () => network.evaluate!(loss);
    return { call, gradientOf: () => [...gradient!] };
  }

  test('gets copies, and its gradient is the module’s', () => {
    const { call, gradientOf } = called((outputs, targets, _rows, _columns, gradient) => {
      (gradient as Floats)[0] = (outputs as Floats)[0]! + (targets as Floats)[0]!;
      for (const array of [outputs, targets, gradient]) expect((array as Floats).buffer).toBeInstanceOf(ArrayBuffer);
    });
    call();
    expect(gradientOf()).toEqual([3]);
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
