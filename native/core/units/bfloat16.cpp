// Compiled once per instruction set that multiplies bfloat16 itself: overwrites these kernels in AVX-512's table.
// GLISSADE_BFLOAT16 is the name of the exported function.
#include "data/gather.h"
#include "kernels/kernels.h"
#include "kernels/units.h"
#if defined(__AMX_BF16__)
#include "matrix/multiply_amx.h"
#else
#include "matrix/multiply.h"
#endif
#include "matrix/pairs.h"

namespace glissade {

void GLISSADE_BFLOAT16(Kernels& kernels) {
  kernels.bfloat16 = {
    .pairColumns = pairColumns,
    .pairRows = pairRows,
#if defined(__AMX_BF16__)
    .multiply = multiplyInTiles<AmxTiles>,
#else
    .multiply = multiply<float, Pair>,
#endif
    .gather = pairGathers
  };
}

}  // namespace glissade
