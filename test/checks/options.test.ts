import { checkOptions } from '../../lib/checks/options';

interface Options {
  width?: number | undefined;
  height?: number | undefined;
}

// `npm run lint` and ts-jest's compiler check the lines below that expect an error.
describe('the names of options', () => {
  const options: Options = { width: 1 };

  test('must be all those of the type', () => {
    checkOptions('test', options, ['width', 'height']);
    // @ts-expect-error: lacks "height"
    checkOptions('test', options, ['width']);
    // @ts-expect-error: "depth" is no option
    checkOptions('test', options, ['width', 'height', 'depth']);
  });

  test('must be all those of the members of a union', () => {
    const either = options as Options | { radius: number };
    checkOptions('test', either, ['width', 'height', 'radius']);
    // @ts-expect-error: lacks "radius"
    checkOptions('test', either, ['width', 'height']);
  });

  test('are those of a type if the given value is unknown', () => {
    const given: unknown = options;
    checkOptions('test', given as Options, ['width', 'height']);
    // @ts-expect-error: of an unknown value no name is known
    checkOptions('test', given, ['width', 'height']);
  });

  test('of a map, or in a list made at run time, are checked at run time only', () => {
    const map: Record<string, number> = { a: 1 };
    checkOptions('test', map, ['a', 'b']);
    checkOptions('test', options, Object.keys(options));
    expect(() => checkOptions('test', map, Object.keys(options))).toThrow('test: unknown option "a".');
  });
});
