// Prints `N passed, N failed` from the reports of jest (JSON) and ctest (JUnit XML) in a folder. A missing
// report, because its runner or the build before it broke, counts as one failure.
import fs from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
const read = (file) => fs.readFileSync(path.join(folder, file), 'utf8');
const attribute = (xml, name) =>
  Number(xml.match(new RegExp(`<testsuite[^>]*\\b${name}="(\\d+)"`, 's'))?.[1] ?? Number.NaN);

/** Of jest, or of random cases. */
const counts = (file) => JSON.parse(read(file));

function ctest(file) {
  const xml = read(file);
  const [tests, failures, skipped, disabled] = ['tests', 'failures', 'skipped', 'disabled'].map((name) =>
    attribute(xml, name),
  );
  return { passed: tests - failures - skipped - disabled, failed: failures };
}

let passed = 0;
let failed = 0;
for (const [file, readReport] of [
  ['jest.json', counts],
  ['native.xml', ctest],
  ['soak.json', counts],
  ['docs.json', counts],
]) {
  try {
    const result = readReport(file);
    passed += result.passed;
    failed += result.failed;
  } catch (error) {
    console.error(`no report ${file}: ${error.message}`);
    failed += 1;
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
