const colors = { glissade: 'blue', limit: 'gray', onednn: 'orange', openblas: 'green' };

/** The colour of a contestant, from the palette of pages. */
export const colorOf = ({ peer }) => colors[peer] ?? 'orange';
