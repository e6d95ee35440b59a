import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WordList } from '../../lib/tables/words';

test('a word does not keep the text that it was cut from in memory', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const words = new WordList();
  const heap = () => {
    gc();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  for (let i = 0; i < 50; ++i) words.add(Buffer.alloc(1e6, `a long word ${i}`).toString().slice(0, 14));
  expect(words.size).toBe(50);
  expect(heap() - before).toBeLessThan(10e6);
});
