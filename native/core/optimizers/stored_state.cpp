#include "optimizers/stored_state.h"

namespace glissade {

// Eight steps in turn divide the dither's period evenly, neighbours far apart (van der Corput), so that rounding errors
// of successive steps cancel. Each eight begin at another offset (lowbias32, C. Wellons), lest the pattern beat with
// those of elements or gradients.
uint32_t stepDither(int64_t t) {
  constexpr uint32_t kTurns[] = {0, 4, 2, 6, 1, 5, 3, 7};
  auto x = static_cast<uint32_t>(t / 8);
  x = (x ^ x >> 16) * 0x7FEB352D;
  x = (x ^ x >> 15) * 0x846CA68B;
  return (x ^ x >> 16) + (kTurns[t % 8] << 29);
}

}  // namespace glissade
