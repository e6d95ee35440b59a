#pragma once

#include <cstddef>

#include "data/random.h"
#include "math/activation.h"

namespace glissade {

/// How weights start. Where it is `automatic`, a layer chooses by its activation.
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

/// How many inputs a unit has, and how many units an input has.
struct Fan {
  size_t in, out;
};

/// He's, where the activation halves the signal, else Glorot's, unless another is given.
Initializer chosen(Initializer given, Activation activation);

/// Fills a matrix of `fan.in` rows. The variances are 2/in (He et al. 2015), 2/(in + out) (Glorot & Bengio 2010) or
/// 1/in (LeCun et al. 1998). Orthogonal: columns, or rows where there are more columns, of length 1 and at right angles
/// (Saxe, McClelland & Ganguli 2013).
template <typename Real>
void initialize(Initializer initializer, const Fan& fan, size_t columns, Random& random, Real* weights);

}  // namespace glissade
