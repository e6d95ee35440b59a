// Prints the milliseconds from the import of glissade to its first prediction.
const begin = performance.now();
const { dense, network } = await import('glissade');
network({ inputs: 1, layers: [dense(1)] }).predict([[1]]);
console.log(performance.now() - begin);
