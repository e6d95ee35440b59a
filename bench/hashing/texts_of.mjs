/** Texts of 10 to 30 words, of 30,000 words of which the frequent ones are most of the texts, in two classes. */
export function texts(first = 0, count = 20_000) {
  const list = [];
  const labels = new Uint8Array(count);
  let words = 0;
  for (let i = first; i < first + count; ++i) {
    labels[i - first] = i % 2;
    const text = [];
    for (let j = 0; j < 10 + ((i * 7919) % 21); ++j) {
      const draw = ((i * 104_729 + j * 7_919) % 99_991) / 99_991;
      text.push(`word${2 * Math.floor(15_000 * draw ** 3) + ((i + j) % 5 === 0 ? i % 2 : j % 2)}`);
    }
    words += text.length;
    list.push(text.join(' '));
  }
  return { list, labels, words };
}
