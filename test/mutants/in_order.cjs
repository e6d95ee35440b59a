const { default: Sequencer } = require('@jest/test-sequencer');

/** Runs test files in the order of GLISSADE_TEST_ORDER, a list of paths as JSON. */
module.exports = class extends Sequencer {
  sort(tests) {
    const order = JSON.parse(process.env.GLISSADE_TEST_ORDER);
    return tests.toSorted((a, b) => order.indexOf(a.path) - order.indexOf(b.path));
  }
};
