#include "optimizers/stored_state.h"

namespace glissade {

// Eight steps divide the dither's period evenly, in the order of van der Corput, so that rounding errors of successive
// steps cancel. The offset of the next eight is a hash (lowbias32, C. Wellons), so that the pattern does not interfere
// with patterns of elements or gradients.
uint32_t stepDither(int64_t t) {
  constexpr uint32_t kTurns[] = {0, 4, 2, 6, 1, 5, 3, 7};
  auto x = static_cast<uint32_t>(t / 8);
  x = (x ^ x >> 16) * 0x7FEB352D;
  x = (x ^ x >> 15) * 0x846CA68B;
  return (x ^ x >> 16) + (kTurns[t % 8] << 29);
}

}  // namespace glissade
