const fs = require('node:fs');

/** Writes how many tests passed and failed to the file that GLISSADE_TEST_REPORT names. */
module.exports = class {
  onRunComplete(_, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const counts = { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
    fs.writeFileSync(process.env.GLISSADE_TEST_REPORT, JSON.stringify(counts));
  }
};
