// Loads the built package in contexts of `vm`, as test runners do, and trains in two of them at once.
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

/** The package in a separate context. Node's modules and the addon are those of this context. */
function load() {
  const own = Object.getOwnPropertyNames(vm.runInNewContext('globalThis'));
  const unread = [...own, 'localStorage', 'sessionStorage']; // reading these makes Node 26 warn
  const ofNode = Object.getOwnPropertyNames(globalThis).filter((name) => !unread.includes(name));
  const context = vm.createContext(Object.fromEntries(ofNode.map((name) => [name, globalThis[name]])));
  const modules = new Map();
  const load = (file) => {
    if (modules.has(file)) return modules.get(file).exports;
    const module = { exports: {} };
    modules.set(file, module);
    const source = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(file, 'utf8')}\n})`;
    const requireHere = (name) => {
      if (!name.startsWith('.')) return require(name);
      return load(require.resolve(path.resolve(path.dirname(file), name)));
    };
    vm.runInContext(source, context, { filename: file })(module.exports, requireHere, module, file, path.dirname(file));
    return module.exports;
  };
  return { glissade: load(require.resolve('glissade')), context };
}

async function trained({ glissade, context }) {
  const { adam, Dataset, dense, network } = glissade;
  const rows = vm.runInContext('new Float32Array(1600).map((_, i) => Math.sin(i))', context);
  const data = new Dataset({
    inputs: rows,
    columns: 5,
    targets: vm.runInContext('Array.from({ length: 320 }, (_, i) => i % 3)', context),
  });
  const model = network({ inputs: 5, layers: [dense(8), dense(3)], seed: 1 });
  await model.fit(data, { loss: 'crossEntropy', optimizer: adam(), epochs: 5, seed: 1 });
  return Array.from(model.parameters).join();
}

/** The codes of errors of TypeScript and of the native side. */
function codesOf({ glissade }) {
  const codeOf = (call) => {
    try {
      return call();
    } catch (error) {
      return error.code;
    }
  };
  const optimizer = new glissade.Optimizer([new Float32Array(2)], glissade.sgd());
  return [codeOf(() => glissade.adam({ learningRat: 1 })), codeOf(() => optimizer.step([new Float32Array(3)]))];
}

(async () => {
  const outside = await trained({ glissade: require('glissade'), context: vm.createContext(globalThis) });
  const [one, other] = [load(), load()];
  const results = await Promise.all([trained(one), trained(other)]);
  console.log(JSON.stringify([results.every((result) => result === outside), codesOf(one), codesOf(other)]));
})();
