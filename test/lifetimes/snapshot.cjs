// Entry of a startup snapshot. process.argv[2] says when glissade is loaded: "built" or "used".
const { createRequire } = require('node:module');
const { startupSnapshot } = require('node:v8');
const path = require('node:path');

const load = () => createRequire(path.join(process.cwd(), 'package.json'))('glissade');
if (process.argv[2] === 'built') load();
startupSnapshot.setDeserializeMainFunction(() => {
  const { network, dense } = load();
  const model = network({ inputs: 1, layers: [dense(1)] });
  model.parameters.set([2, 1]);
  console.log(model.predict([3])[0]);
});
