/** 20,000 texts of 10 to 30 words, of 30,000 words of which the frequent ones are most of the texts, in two classes. */
export function texts() {
  const list = [];
  const labels = new Uint8Array(20_000);
  let words = 0;
  for (let i = 0; i < labels.length; ++i) {
    labels[i] = i % 2;
    const text = [];
    for (let j = 0; j < 10 + ((i * 7919) % 21); ++j) {
      const draw = ((i * 104_729 + j * 7_919) % 99_991) / 99_991;
      text.push(`word${2 * Math.floor(15_000 * draw ** 3) + ((i + j) % 5 === 0 ? labels[i] : j % 2)}`);
    }
    words += text.length;
    list.push(text.join(' '));
  }
  return { list, labels, words };
}
