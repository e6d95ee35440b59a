const fs = require('node:fs');

/**
 * A reporter of jest's that writes each test's result to the file that GLISSADE_TEST_RESULTS names. jest's own --json
 * writes nothing if the error of a failed test has a circle.
 */
module.exports = class {
  onRunComplete(_, { testResults }) {
    const files = testResults.map(({ testFilePath, failureMessage, testResults }) => ({
      name: testFilePath,
      message: failureMessage ?? '',
      assertionResults: testResults.map(({ fullName, status }) => ({ fullName, status })),
    }));
    fs.writeFileSync(process.env.GLISSADE_TEST_RESULTS, JSON.stringify({ testResults: files }));
  }
};
