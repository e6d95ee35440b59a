import { escaped } from './markup.js';

/** Text as HTML, with superscripts after ^ and subscripts after _: t^−1.5, e^{−λt}, ∇_Q, Σ_{s≠r}. */
export const typeset = (text: string): string =>
  escaped(text).replaceAll(
    /[^\s^_]*[\^_](?:\{[^}]*\}|[^\s])[^\s]*/g,
    (word) => `<span class="together">${scripted(word)}</span>`,
  );

const scripted = (word: string) =>
  word
    .replaceAll(
      /\^(?:\{([^}]*)\}|([−-]?[\p{L}\p{N}.]*[\p{L}\p{N}]))/gu,
      (_, braced, plain) => `<sup>${braced ?? plain}</sup>`,
    )
    .replaceAll(/_(?:\{([^}]*)\}|([\p{L}\p{N}]\p{M}*))/gu, (_, braced, plain) => `<sub>${braced ?? plain}</sub>`);
