#pragma once

#include <cstddef>

#include "data/random.h"
#include "math/activation.h"

namespace glissade {

/// How weights start. `automatic` depends on the layer's activation (chosen()).
enum class Initializer {
  automatic,
  heUniform,
  heNormal,
  glorotUniform,
  glorotNormal,
  lecunUniform,
  lecunNormal,
  orthogonal,
  zeros
};

/// The number of inputs of an output, and of outputs of an input.
struct Fan {
  size_t in, out;
};

/// `given`; if that is `automatic`, heUniform for relu, leakyRelu, elu, gelu and silu, and glorotUniform for the other
/// activations.
Initializer chosen(Initializer given, Activation activation);

/// Fills `weights`, of shape [fan.in, columns]. The variance is 2/in (He et al. 2015), 2/(in + out) (Glorot & Bengio
/// 2010) or 1/in (LeCun et al. 1998). `orthogonal` makes the columns orthonormal, or the rows if there are fewer of
/// them (Saxe, McClelland & Ganguli 2013).
template <typename Real>
void initialize(Initializer initializer, const Fan& fan, size_t columns, Random& random, Real* weights);

}  // namespace glissade
