#pragma once

#include <string>
#include <vector>

#include "optimizers/encoding.h"

namespace glissade {

enum class Clipping { none, value, norm, columns, rows };

struct OptimizerOptions {
  std::vector<std::string> rules;  // of each group
  bool maximize = false;
  Clipping clipping = Clipping::none;
  double clippingEpsilon = 0;  // the least norm that a unit's parameters count as
  bool checksFinite = false;
  bool accumulates = false, averages = false, hasSlowWeights = false;
  Encoding state = Encoding::plain;
  bool scheduled = true;  // whether hyperparameters differ from step to step
  bool rowsRest = false;  // whether rows without a gradient rest, rather than take steps with one of zeros
};

}  // namespace glissade
