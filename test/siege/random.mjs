/** Uniform numbers in [0, 1), the same for the same seed (Park & Miller 1988). */
export function randomOf(/** @type {number} */ seed) {
  let state = (seed * 48_271 + 1) % 2_147_483_647 || 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
