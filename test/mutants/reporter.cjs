/** Reports events to the process that started jest, as they happen. */
module.exports = class {
  onTestFileStart({ path }) {
    process.send({ started: path });
  }
  onTestCaseResult({ path }, { fullName, status }) {
    if (status === 'failed') process.send({ failed: path, name: fullName });
  }
  onTestFileResult({ path }, { testExecError, numFailingTests }) {
    if (testExecError)
      process.send({ failed: path, name: `can't be run: ${String(testExecError.message).split('\n')[0]}` });
    else if (numFailingTests === 0) process.send({ passed: path });
  }
};
